// What compiles Beast for the fuzz target; see BOOST_BEAST_SEPARATE_COMPILATION.
#include <boost/beast/src.hpp>
