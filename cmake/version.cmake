include_guard(GLOBAL)

# The one version is project(VERSION). Code that names it links stepcache_version and includes "stepcache_version.h".
# It is a target of its own so that a new version recompiles the few files that print it.
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.h.in ${PROJECT_BINARY_DIR}/generated/version/stepcache_version.h @ONLY)
add_library(stepcache_version INTERFACE)
target_include_directories(stepcache_version INTERFACE ${PROJECT_BINARY_DIR}/generated/version)
