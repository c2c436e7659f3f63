# The library `docs_files`: what /docs sends to a browser, embedded in the program.
#
# Swagger UI is the npm package swagger-ui-dist, pinned with its checksum in web/package-lock.json. It is fetched once
# into the build folder; no script of a package runs. Without npm, or without a network, the program is built all the
# same and /docs says what is missing. A build that may not fetch anything names an unpacked package itself:
#   cmake … -DWATCHWORD_SWAGGER_UI=/usr/share/swagger-ui-dist
set(WATCHWORD_SWAGGER_UI "" CACHE PATH "Folder of an unpacked swagger-ui-dist; empty: npm fetches it")

function(watchword_fetch_swagger_ui result)
  set(folder ${CMAKE_BINARY_DIR}/web)
  set(fetched ${folder}/node_modules/swagger-ui-dist)
  foreach(file package.json package-lock.json .npmrc)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/${file})
  endforeach()
  file(SHA256 ${PROJECT_SOURCE_DIR}/web/package-lock.json lock)
  if(EXISTS ${folder}/fetched-${lock})
    set(${result} ${fetched} PARENT_SCOPE)
    return()
  endif()

  find_program(NPM npm)
  if(NPM)
    file(REMOVE_RECURSE ${folder})
    foreach(file package.json package-lock.json .npmrc)
      configure_file(${PROJECT_SOURCE_DIR}/web/${file} ${folder}/${file} COPYONLY)
    endforeach()
    message(STATUS "Fetching swagger-ui-dist with npm")
    execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 WORKING_DIRECTORY ${folder}
      TIMEOUT 300 RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(status EQUAL 0 AND EXISTS ${fetched}/swagger-ui-bundle.js)
      file(TOUCH ${folder}/fetched-${lock})
      set(${result} ${fetched} PARENT_SCOPE)
      return()
    endif()
  else()
    set(output "npm is not installed.")
  endif()
  message(WARNING "Built WITHOUT Swagger UI: /docs will only link to /openapi.json.\n${output}\n"
    "Install npm and configure again, or give -DWATCHWORD_SWAGGER_UI=FOLDER.")
  set(${result} "" PARENT_SCOPE)
endfunction()

set(swagger_ui ${WATCHWORD_SWAGGER_UI})
if(NOT swagger_ui)
  watchword_fetch_swagger_ui(swagger_ui)
endif()

add_library(docs_files STATIC ${PROJECT_SOURCE_DIR}/src/http/docs_files.cpp)
target_include_directories(docs_files PUBLIC ${PROJECT_SOURCE_DIR}/src)
# ccache 4 does not see that a file was embedded, and would give back an object with its old contents.
set_target_properties(docs_files PROPERTIES CXX_COMPILER_LAUNCHER "")
target_compile_options(docs_files PRIVATE -Wno-c23-extensions --embed-dir=${PROJECT_SOURCE_DIR}/web/docs)

if(swagger_ui)
  find_program(GZIP gzip REQUIRED)
  set(compressed ${CMAKE_BINARY_DIR}/docs_files)
  file(MAKE_DIRECTORY ${compressed})
  foreach(file swagger-ui-bundle.js swagger-ui.css)
    add_custom_command(OUTPUT ${compressed}/${file}.gz DEPENDS ${swagger_ui}/${file} VERBATIM
      COMMAND ${GZIP} -9 -n -c ${swagger_ui}/${file} > ${compressed}/${file}.gz)
    set_property(SOURCE ${PROJECT_SOURCE_DIR}/src/http/docs_files.cpp APPEND PROPERTY OBJECT_DEPENDS ${compressed}/${file}.gz)
  endforeach()
  target_compile_definitions(docs_files PRIVATE WATCHWORD_SWAGGER_UI)
  target_compile_options(docs_files PRIVATE --embed-dir=${swagger_ui} --embed-dir=${compressed})
endif()
