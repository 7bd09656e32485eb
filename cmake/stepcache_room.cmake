# A room is one folder, one static library and one include directory of its own, so that an include of a room that is not
# linked does not compile. Headers are included as <room>/<file>.h; the include directory holds one link, to the folder.
#
#   stepcache_room(NAME SOURCES a.cc ... DEPENDS room ... LIBRARIES target ... [FOLDER dir])
#
# makes stepcache_NAME. DEPENDS are rooms that the headers or sources may include; LIBRARIES are packages, linked PRIVATE.
function(stepcache_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  set(include ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${include})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include}/${name} SYMBOLIC)
  list(TRANSFORM ROOM_DEPENDS PREPEND stepcache_)
  if(ROOM_SOURCES)
    add_library(stepcache_${name} STATIC ${ROOM_SOURCES})
    target_include_directories(stepcache_${name} PUBLIC ${include})
    target_link_libraries(stepcache_${name} PUBLIC ${ROOM_DEPENDS} PRIVATE stepcache_settings stepcache_warnings
                                                                           ${ROOM_LIBRARIES})
    set_target_properties(stepcache_${name} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  else()
    add_library(stepcache_${name} INTERFACE)
    target_include_directories(stepcache_${name} INTERFACE ${include})
    target_link_libraries(stepcache_${name} INTERFACE ${ROOM_DEPENDS} ${ROOM_LIBRARIES})
  endif()
endfunction()

# Some headers of a room, as an INTERFACE target of their own, for rooms that may see these and no more of it:
#   stepcache_room_headers(metadata_records metadata records.h)   ->  #include "metadata/records.h"
function(stepcache_room_headers name room)
  set(include ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${include}/${room})
  foreach(header ${ARGN})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${include}/${room}/${header} SYMBOLIC)
  endforeach()
  add_library(stepcache_${name} INTERFACE)
  target_include_directories(stepcache_${name} INTERFACE ${include})
endfunction()

# One gtest program: stepcache_test(NAME SOURCES a_test.cc ... LIBRARIES target ...), run by ctest as NAME.
function(stepcache_test name)
  if(NOT STEPCACHE_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE stepcache_settings stepcache_warnings ${TEST_LIBRARIES} GTest::gmock
                                        GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
