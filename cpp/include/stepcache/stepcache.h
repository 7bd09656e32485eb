#pragma once

// The C++ SDK of Stepcache. A pipeline is made of ordinary functions:
//
//   int count(const stepcache::File& text);
//   std::string report(int words);
//
//   int main(int argc, char** argv) {
//     stepcache::Pipeline words("words");
//     auto counted = words.step("count", count)(words.parameter("text", stepcache::file("text.txt")));
//     words.step("report", report)(counted);
//     return stepcache::main(words, argc, argv);
//   }

#include "stepcache/chrono.h"
#include "stepcache/composites.h"
#include "stepcache/containers.h"
#include "stepcache/fields.h"
#include "stepcache/file.h"
#include "stepcache/main.h"
#include "stepcache/materializer.h"
#include "stepcache/metric.h"
#include "stepcache/pipeline.h"
#include "stepcache/scalars.h"
#if __has_include(<Eigen/Core>)
#include "stepcache/eigen.h"
#endif
