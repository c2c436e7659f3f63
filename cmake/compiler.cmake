# One compiler, one language level, every warning an error.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "Watchword needs clang: g++ 12 destroys coroutine temporaries twice. Configure with `cmake --preset release`.")
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# A designated initializer names what differs; the other members have their defaults.
add_compile_options(-Wno-missing-designated-field-initializers)

# ccache compares contents; without this a precompiled header would differ each time that it is made.
add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
add_link_options(-fuse-ld=lld-19)

# Bounds checks of the standard library stay on in release: they cost little and turn memory errors into aborts.
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed)
  add_compile_options(-ffunction-sections -fdata-sections)
endif()

if(WATCHWORD_SANITIZER)
  add_compile_options(-fsanitize=${WATCHWORD_SANITIZER} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${WATCHWORD_SANITIZER})
endif()
if(WATCHWORD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
