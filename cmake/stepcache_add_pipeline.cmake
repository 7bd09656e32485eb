# For users of the C++ SDK, after find_package(stepcache), and for this project's own examples:
#
#   stepcache_add_pipeline(TARGET SOURCE...)   an executable that holds a pipeline
#   stepcache_pipeline_flags(TARGET)           the same flags for a target made otherwise, as a library that holds steps
#
# The flags keep in the program what tells code apart, so that an edit reruns the steps that it reaches and no others. Which
# they are, why, and what they cost: docs/linking.md.
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/stepcache_linker_flags.cmake)

function(stepcache_pipeline_flags target)
  stepcache_compile_options(compile)
  stepcache_compile_options_of_gcc(of_gcc)
  target_compile_options(${target} PRIVATE ${compile} $<$<CXX_COMPILER_ID:GNU>:${of_gcc}>)
  # A place for each function, unless the build asks for more.
  if(NOT "${CMAKE_CXX_FLAGS}" MATCHES "(^| )-g")
    target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug,RelWithDebInfo>>:-g1>)
  endif()
  # __FILE__ relative to the project: a clone in another folder gives the same program.
  target_compile_options(${target} PRIVATE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
  # The linker may still be chosen below, by the target's options: looked at when the folder's CMakeLists.txt has ended.
  cmake_language(EVAL CODE "cmake_language(DEFER CALL stepcache_link_for_signatures [[${target}]])")
endfunction()

function(stepcache_add_pipeline target)
  if(NOT ARGN)
    message(FATAL_ERROR "stepcache_add_pipeline(${target}): name the source files, as in "
                        "stepcache_add_pipeline(${target} ${target}.cpp)")
  endif()
  add_executable(${target} ${ARGN})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_link_libraries(${target} PRIVATE stepcache::stepcache)
  stepcache_pipeline_flags(${target})
endfunction()

function(stepcache_link_for_signatures target)
  get_target_property(options ${target} LINK_OPTIONS)
  get_target_property(type ${target} LINKER_TYPE)
  if(NOT type)
    set(type ${CMAKE_LINKER_TYPE})
  endif()
  separate_arguments(words NATIVE_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_EXE_LINKER_FLAGS}")
  list(APPEND words ${CMAKE_CXX_USING_LINKER_${type}})
  foreach(option IN LISTS options)
    # What only the generator can tell cannot be asked about now; the shorthands are for lists.
    if(option AND NOT option MATCHES "\\$<")
      string(REGEX REPLACE "^(SHELL:|LINKER:.*)" "" option "${option}")
      separate_arguments(option NATIVE_COMMAND "${option}")
      list(APPEND words ${option})
    endif()
  endforeach()
  stepcache_find_linker(linker movable "${words}")
  if(linker STREQUAL "mold" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT movable)
    message(STATUS "${target}: mold cannot keep relocations of what g++ compiles with -no-pie, so each edit will rerun all steps; "
                   "drop -no-pie, or link with another linker")
    set(linker "")
  elseif("-s" IN_LIST words OR "-Wl,-s" IN_LIST words OR "-Wl,--strip-all" IN_LIST words)
    message(STATUS "${target}: it is linked without symbols (-s), so each edit will rerun all steps; strip an installed copy")
    set(linker "")
  elseif(NOT linker)
    message(STATUS "${target}: this linker is none of GNU ld, lld and mold, so each edit will rerun all steps")
  endif()
  stepcache_linker_scripts(scripts)
  stepcache_link_options(link "${linker}" "${scripts}")
  target_link_options(${target} PRIVATE ${link})
endfunction()
