# `make package`: a Debian package of what cmake/install.cmake installs. Included after it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME stepcache)
set(CPACK_PACKAGE_VENDOR "Stepcache developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Stepcache developers <stepcache@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Runs machine-learning and data pipelines whose steps are ordinary typed
functions. What goes in and out of each step is kept in a content-addressed
store; a step whose code, parameters and inputs are unchanged is not run again.

This package holds the stepcache program and the C++ SDK.")

# The program's shared libraries are found by dpkg-shlibdeps. The rest is what `stepcache run FILE.cpp` and a user's CMake
# project compile and link with: the compiler, the standard library that the archive was built against, and the
# development files of what the engine calls. libdw1, libzydis4.0 is loaded by name, which dpkg-shlibdeps does not see.
string(REGEX MATCH "^[0-9]+" gcc_major "${CMAKE_CXX_COMPILER_VERSION}")
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(gcc_major 12)
endif()
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "g++, libstdc++-${gcc_major}-dev, libsqlite3-dev, libssl-dev, libfmt-dev, libdw1, libzydis4.0")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libeigen3-dev")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, pkg-config")

include(CPack)
