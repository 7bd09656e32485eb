# The flags by themselves, by compiler and linker: stepcache_add_pipeline() sets them, and sdk.json is written from them for
# those who do not build with CMake. Reasons and measurements: docs/linking.md.
include_guard(GLOBAL)

# The folder of bfd.ld and lld.ld: beside this file in the sources, lib/stepcache where it is installed.
function(stepcache_linker_scripts variable)
  set(folder "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/linker")
  if(NOT EXISTS "${folder}")
    get_filename_component(folder "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../stepcache" ABSOLUTE)
  endif()
  set(${variable} "${folder}" PARENT_SCOPE)
endfunction()

function(stepcache_compile_options variable)
  # A section of its own for each function and each data object: the unit by which code is compared and dropped.
  set(${variable} -ffunction-sections -fdata-sections PARENT_SCOPE)
endfunction()

function(stepcache_compile_options_of_gcc variable)
  # Equal constants once, in sections that say so, also at -O0: then a constant is compared by value, not by place.
  list(APPEND options -fmerge-constants)
  # No budget for inlining that all functions of a large file share: an edit of one must not turn the inlining of another.
  list(APPEND options --param=large-unit-insns=1000000)
  set(${variable} ${options} PARENT_SCOPE)
endfunction()

# `linker`: bfd, lld, mold, or empty for one that cannot keep what tells code apart.
function(stepcache_link_options variable linker scripts)
  # What nothing reaches goes, so that an unused function changes no program. Steps stay: the SDK holds their addresses.
  set(link -Wl,--gc-sections)
  if(linker)
    # The relocations stay in the program: they say which object an address means.
    list(APPEND link -Wl,--emit-relocs)
  endif()
  # Then each data object in an output section of its own: for local ones, relocations name the section alone.
  if(linker STREQUAL "bfd")
    # Of .rodata.*, all but .rodata.str1.1 and .rodata.cst16 and the like, which are for bfd.ld; objects in C may have any name.
    list(APPEND link -Wl,--discard-none "-Wl,--unique=.bss.*" "-Wl,--unique=.data.*" "-Wl,--unique=.rodata.*[!0-9]"
         "-Wl,--unique=.rodata.[!cs]*" "-Wl,--unique=.rodata.c[!s]*" "-Wl,--unique=.rodata.cs[!t]*"
         "-Wl,--unique=.rodata.s[!t]*" "-Wl,--unique=.rodata.st[!r]*" "-Wl,--unique=.rodata.str[!124]*"
         "-Wl,--unique=.rodata.str[124][!.]*" "-Wl,--unique=.rodata.str[124]" "-T${scripts}/bfd.ld")
  elseif(linker STREQUAL "lld")
    # Without nostart-stop-gc it drops what is found by __start_SECTION alone, which other linkers keep.
    list(APPEND link -Wl,--discard-none -Wl,-z,nostart-stop-gc "-T${scripts}/lld.ld")
  elseif(linker STREQUAL "mold")
    # One pattern: a second one would replace it.
    list(APPEND link "-Wl,--unique=.[rdb]*.*")
  endif()
  set(${variable} "${link}" PARENT_SCOPE)
endfunction()

# Which linker the compiler starts when it is given `options`, and whether the program can be moved (PIE). Asked once.
function(stepcache_find_linker linker_variable movable_variable options)
  string(MD5 question "${CMAKE_CXX_COMPILER};${options};$ENV{PATH}")
  if(NOT DEFINED STEPCACHE_LINKER_${question})
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} ${options} -Wl,--version OUTPUT_VARIABLE answer ERROR_QUIET)
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} ${options} -dM -E -x c++ /dev/null OUTPUT_VARIABLE macros ERROR_QUIET)
    set(linker "")
    if(answer MATCHES "mold")
      set(linker mold)
    elseif(answer MATCHES "LLD")
      set(linker lld)
    elseif(answer MATCHES "GNU ld")
      set(linker bfd)
    endif()
    set(movable OFF)
    if(macros MATCHES "__pie__" AND NOT options MATCHES "-no-pie|-static")
      set(movable ON)
    endif()
    set(STEPCACHE_LINKER_${question} "${linker}" CACHE INTERNAL "The linker of a pipeline's program")
    set(STEPCACHE_MOVABLE_${question} ${movable} CACHE INTERNAL "Whether a pipeline's program can be moved")
  endif()
  set(${linker_variable} "${STEPCACHE_LINKER_${question}}" PARENT_SCOPE)
  set(${movable_variable} "${STEPCACHE_MOVABLE_${question}}" PARENT_SCOPE)
endfunction()
