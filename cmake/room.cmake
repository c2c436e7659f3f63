# watchword_room(NAME SOURCES … USES … TESTS … TEST_USES …)
#
# One folder of src/ is one static library and, where it has tests, one test program. USES names the rooms and packages
# below it; a room that uses one above itself fails to link and fails tools/check_layout.py.
function(watchword_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;TESTS;TEST_USES" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${ROOM_USES})
  if(WATCHWORD_TESTS AND ROOM_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name}_test PRIVATE ${name} ${ROOM_TEST_USES} GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 120)
  endif()
endfunction()
