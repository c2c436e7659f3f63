# Every library comes from Debian's main archive; ARCHITECTURE.md says what each is for.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL 13 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(CRYPT REQUIRED IMPORTED_TARGET libxcrypt)
find_library(UNISTRING unistring REQUIRED)

if(WATCHWORD_TESTS)
  find_package(GTest REQUIRED)
endif()

# Asio is compiled once, in src/runtime/, and Beast with the fuzz target that uses it, instead of in every file that includes them.
add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::headers OpenSSL::SSL Threads::Threads)
target_compile_definitions(asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
