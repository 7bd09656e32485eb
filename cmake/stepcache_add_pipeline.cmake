# For users of the C++ SDK, after find_package(stepcache), and for this project's own examples:
#
#   stepcache_add_pipeline(TARGET SOURCE...)   an executable that holds a pipeline
#   stepcache_pipeline_flags(TARGET)           the same flags for a target made otherwise, as a library that holds steps
#
# The flags keep in the program what tells code apart, so that an edit reruns the steps that it reaches and no others.
include_guard(GLOBAL)

# The options by themselves, for those who do not build with CMake: sdk.json is written from them.
function(stepcache_pipeline_options compile_variable link_variable)
  set(compile)
  set(link)
  # A section of its own for each function and each data object: the unit by which code is compared and dropped.
  list(APPEND compile -ffunction-sections -fdata-sections)
  # Equal constants once, in sections that say so, also at -O0: then a constant is compared by value, not by place.
  list(APPEND compile -fmerge-constants)
  # The relocations stay in the program: they say which object an address means.
  list(APPEND link -Wl,--emit-relocs)
  # What nothing reaches goes, so that an unused function changes no program. Steps stay: the SDK holds their addresses.
  list(APPEND link -Wl,--gc-sections)
  set(${compile_variable} ${compile} PARENT_SCOPE)
  set(${link_variable} ${link} PARENT_SCOPE)
endfunction()

function(stepcache_pipeline_flags target)
  stepcache_pipeline_options(compile link)
  # __FILE__ relative to the project: a clone in another folder gives the same program.
  list(APPEND compile -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
  target_compile_options(${target} PRIVATE ${compile})
  target_link_options(${target} PRIVATE ${link})
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
