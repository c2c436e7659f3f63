# embed_texts(TARGET HEADER sqlite/embedded_migrations.hpp FUNCTION watchword::sqlite::embedded_migrations FILES …)
#
# Puts text files into TARGET: it gets a header that declares `std::span<const watchword::EmbeddedText> FUNCTION()`, the
# files in the order given. A changed file is embedded anew by the next build. UTF-8 without NUL bytes only.

# The second half of this file is a script that the build runs.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  function(embed_texts target)
    cmake_parse_arguments(EMBED "" "HEADER;FUNCTION" "FILES" ${ARGN})
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
    set(header ${folder}/${EMBED_HEADER})
    string(REGEX REPLACE "\\.hpp$" ".cpp" source ${header})
    list(TRANSFORM EMBED_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
    add_custom_command(
      OUTPUT ${header} ${source}
      COMMAND ${CMAKE_COMMAND} -D "FILES=${EMBED_FILES}" -D "HEADER=${header}" -D "SOURCE=${source}"
              -D "INCLUDE=${EMBED_HEADER}" -D "FUNCTION=${EMBED_FUNCTION}" -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
      DEPENDS ${EMBED_FILES} ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
      COMMENT "Embedding ${EMBED_FUNCTION}"
      VERBATIM)
    target_sources(${target} PRIVATE ${header} ${source})
    target_include_directories(${target} PUBLIC ${folder})
  endfunction()
  return()
endif()

string(REGEX MATCH "^(.*)::([^:]+)$" matched "${FUNCTION}")
set(namespace "${CMAKE_MATCH_1}")
set(function "${CMAKE_MATCH_2}")

file(WRITE "${HEADER}" "#pragma once

#include \"base/embedded_text.hpp\"

#include <span>

namespace ${namespace} {

std::span<const EmbeddedText> ${function}();

}
")

set(texts "")
foreach(path IN LISTS FILES)
  file(READ "${path}" text)
  cmake_path(GET path FILENAME name)
  string(FIND "${text}" ")embedded\"" clash)
  if(NOT clash EQUAL -1)
    message(FATAL_ERROR "${path} contains )embedded\", which ends the literal that it stands in")
  endif()
  string(APPEND texts "    {\"${name}\", R\"embedded(${text})embedded\"sv},\n")
endforeach()

file(WRITE "${SOURCE}" "#include \"${INCLUDE}\"

#pragma clang diagnostic ignored \"-Woverlength-strings\"

namespace ${namespace} {
namespace {

using namespace std::string_view_literals;

constexpr EmbeddedText texts[] = {
${texts}};

}

std::span<const EmbeddedText> ${function}()
{
    return texts;
}

}
")
