# What is installed, and sdk.json, from which `stepcache run FILE.cpp` learns how to compile against the SDK. Included last:
# it names the targets of cpp/ and programs/.
#
#   bin/stepcache                        the program
#   include/stepcache/                   the SDK's headers, and no other
#   lib/libstepcache.a                   the SDK and the engine
#   lib/stepcache/                       sdk.json, and the linker scripts that it names
#   lib/cmake/stepcache/                 find_package(stepcache)
#   share/doc/stepcache/
#
# The folder names are fixed, not GNUInstallDirs': a program finds lib/stepcache/ beside its own bin/.
include(CMakePackageConfigHelpers)
include(stepcache_add_pipeline)

set(STEPCACHE_ARCHIVE lib/libstepcache.a)
set(STEPCACHE_INCLUDES include)
set(STEPCACHE_SDK_FOLDER lib/stepcache)
set(cmake_files lib/cmake/stepcache)

# --- sdk.json: once for this build tree, once for wherever it is installed ---

# JSON's form of a list of texts; none of ours holds a quote or a backslash, and a path that does is refused.
function(stepcache_json_list variable)
  set(items)
  foreach(text ${ARGN})
    if(text MATCHES "[\"\\]")
      message(FATAL_ERROR "The path or flag '${text}' holds a quote or a backslash; build in a folder without them")
    endif()
    list(APPEND items "\"${text}\"")
  endforeach()
  list(JOIN items ", " joined)
  set(${variable} "[${joined}]" PARENT_SCOPE)
endfunction()

# The text of an sdk.json. "${prefix}" in it stands for the folder two levels above that of the file itself.
function(stepcache_sdk_text variable include archive scripts)
  stepcache_compile_options(compile)
  list(PREPEND compile -std=c++20 -I${include})
  list(APPEND compile -g1)
  find_package(Eigen3 QUIET NO_MODULE)
  if(TARGET Eigen3::Eigen)
    get_target_property(eigen Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
    foreach(folder ${eigen})
      list(APPEND compile -isystem ${folder})
    endforeach()
  endif()
  set(link ${archive} -lsqlite3 -lcrypto -lfmt -lpthread -ldl)
  if(STEPCACHE_SANITIZE)
    list(APPEND compile -fsanitize=${STEPCACHE_SANITIZE})
    list(APPEND link -fsanitize=${STEPCACHE_SANITIZE})
  endif()
  stepcache_compile_options_of_gcc(of_gcc)
  stepcache_json_list(compile ${compile})
  stepcache_json_list(of_gcc ${of_gcc})
  stepcache_json_list(link ${link})
  set(linkers)
  foreach(linker bfd lld mold other)
    string(REPLACE other "" known ${linker})
    stepcache_link_options(options "${known}" "${scripts}")
    stepcache_json_list(options ${options})
    list(APPEND linkers "\n    \"${linker}\": ${options}")
  endforeach()
  list(JOIN linkers "," linkers)
  string(CONCAT text "{\n  \"schema\": \"stepcache.sdk/1\",\n  \"version\": \"${PROJECT_VERSION}\",\n  \"compile\": ${compile},\n"
                "  \"compile_gcc\": ${of_gcc},\n  \"link\": ${link},\n  \"linkers\": {${linkers}\n  }\n}\n")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

stepcache_linker_scripts(scripts)
stepcache_sdk_text(in_build_tree ${PROJECT_SOURCE_DIR}/cpp/include $<TARGET_FILE:stepcache> ${scripts})
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/${STEPCACHE_SDK_FOLDER}/sdk.json CONTENT "${in_build_tree}")
stepcache_sdk_text(installed "\${prefix}/${STEPCACHE_INCLUDES}" "\${prefix}/${STEPCACHE_ARCHIVE}"
                   "\${prefix}/${STEPCACHE_SDK_FOLDER}")
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/install/sdk.json CONTENT "${installed}")

# --- find_package(stepcache) ---

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/stepcacheConfig.cmake.in ${PROJECT_BINARY_DIR}/install/stepcacheConfig.cmake
  INSTALL_DESTINATION ${cmake_files}
  PATH_VARS STEPCACHE_ARCHIVE STEPCACHE_INCLUDES)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/install/stepcacheConfigVersion.cmake COMPATIBILITY SameMinorVersion)

# --- install rules ---

# The program's target cannot be called as its file is: that is the archive's name.
get_property(programs DIRECTORY ${PROJECT_SOURCE_DIR}/programs PROPERTY BUILDSYSTEM_TARGETS)
foreach(program ${programs})
  get_target_property(file_name ${program} OUTPUT_NAME)
  if(file_name STREQUAL "stepcache")
    install(TARGETS ${program} RUNTIME DESTINATION bin)
  endif()
endforeach()
install(FILES $<TARGET_FILE:stepcache> DESTINATION lib)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/cpp/include/stepcache DESTINATION ${STEPCACHE_INCLUDES}
        FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/install/sdk.json ${scripts}/bfd.ld ${scripts}/lld.ld
        DESTINATION ${STEPCACHE_SDK_FOLDER})
install(FILES ${PROJECT_BINARY_DIR}/install/stepcacheConfig.cmake
              ${PROJECT_BINARY_DIR}/install/stepcacheConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/stepcache_add_pipeline.cmake
              ${CMAKE_CURRENT_LIST_DIR}/stepcache_linker_flags.cmake
        DESTINATION ${cmake_files})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION share/doc/stepcache)
# Under the name by which Debian knows a licence.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/stepcache RENAME copyright)
