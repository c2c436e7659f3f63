#pragma once

#include <stdexcept>

namespace watchword {

/// The service must not start like this: a file is damaged or somebody else's, a folder is missing, another server is
/// running. Waiting changes nothing; a person has to act, and the text says in one line what to do.
class StartRefused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}
