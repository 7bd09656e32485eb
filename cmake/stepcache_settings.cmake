# Two INTERFACE targets that our own code links PRIVATE; nothing of this reaches a user's target.

add_library(stepcache_settings INTERFACE)
target_compile_features(stepcache_settings INTERFACE cxx_std_20)
# A clone in another folder must give the same bytes: __FILE__ relative to the source tree.
target_compile_options(stepcache_settings INTERFACE -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/= -fvisibility=hidden
                                                    -fvisibility-inlines-hidden)
target_compile_definitions(stepcache_settings INTERFACE $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
if(STEPCACHE_SANITIZE)
  target_compile_options(stepcache_settings INTERFACE -fsanitize=${STEPCACHE_SANITIZE} -fno-sanitize-recover=all
                                                      -fno-omit-frame-pointer)
  target_link_options(stepcache_settings INTERFACE -fsanitize=${STEPCACHE_SANITIZE})
endif()

add_library(stepcache_warnings INTERFACE)
# GCC 12 warns falsely at -O2: -Wrestrict on plain string concatenation, -Wmaybe-uninitialized on moved variants.
target_compile_options(
  stepcache_warnings
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi -Wformat=2 -Wconversion
            -Wimplicit-fallthrough
            $<$<CXX_COMPILER_ID:GNU>:-Wsuggest-override
            -Wcast-align=strict
            -Wduplicated-cond
            -Wlogical-op
            -Wno-restrict
            -Wno-maybe-uninitialized>)
if(STEPCACHE_WERROR)
  target_compile_options(stepcache_warnings INTERFACE -Werror)
endif()

include(version)  # stepcache_version
