# watchword_room(NAME SOURCES … USES … TESTS … TEST_USES …)
#
# One folder of src/ is one static library and, where it has tests, one test program. USES names the rooms and packages
# below it; a room that uses one above itself fails to link and fails tools/check_layout.py.
#
# The headers that nearly every file includes are parsed once, here, and not once a file: that halves the build. A
# precompiled header must have been compiled with the options of its users, so all rooms get the same packages' options.
set(precompiled_headers
  <algorithm> <chrono> <coroutine> <expected> <functional> <memory> <mutex> <optional> <string> <string_view> <thread>
  <unordered_map> <variant> <vector>
  <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp>
  <boost/asio/steady_timer.hpp> <boost/json/value.hpp> <fmt/format.h>)
set(every_room asio Boost::json fmt::fmt spdlog::spdlog)
set(nothing ${PROJECT_SOURCE_DIR}/cmake/nothing.cpp)

add_library(precompiled OBJECT ${nothing})
target_link_libraries(precompiled PUBLIC ${every_room})
target_precompile_headers(precompiled PRIVATE ${precompiled_headers})
if(WATCHWORD_TESTS)
  add_library(precompiled_for_tests OBJECT ${nothing})
  target_link_libraries(precompiled_for_tests PUBLIC ${every_room} GTest::gmock)
  target_compile_options(precompiled_for_tests PRIVATE -O0) # most of the time of a build goes into optimizing tests
  target_precompile_headers(precompiled_for_tests PRIVATE ${precompiled_headers} <gmock/gmock.h> <gtest/gtest.h>)
endif()

function(watchword_room name)
  if(name STREQUAL base)
    set(every_room fmt::fmt spdlog::spdlog) # stands below Asio
  endif()
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;TESTS;TEST_USES" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${every_room} ${ROOM_USES})
  if(NOT name STREQUAL base)
    target_precompile_headers(${name} REUSE_FROM precompiled)
  endif()
  if(WATCHWORD_TESTS AND ROOM_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_options(${name}_test PRIVATE -O0)
    target_link_libraries(${name}_test PRIVATE ${name} ${ROOM_TEST_USES} GTest::gmock GTest::gtest_main)
    if(NOT name STREQUAL base)
      target_precompile_headers(${name}_test REUSE_FROM precompiled_for_tests)
    endif()
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()
