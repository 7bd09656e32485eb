#pragma once

#include <stepcache/stepcache.h>

#include <Eigen/Dense>
#include <filesystem>
#include <string>
#include <utility>

// Rows of features, and what is to be predicted of each.
struct Dataset {
  Eigen::MatrixXd x;  // one row an example, one column a feature
  Eigen::VectorXd y;
  STEPCACHE_FIELDS(x, y)
};

// Reads a table of numbers: a header, then rows of the same length. The column named `target` becomes y, the others x.
// Throws std::runtime_error with file, line and column for a short or long row, and for what is not a number.
Dataset read_csv(const std::filesystem::path& path, const std::string& target);

// Shuffles the rows with a seed; the second dataset gets `fraction` of them, and the first the rest.
std::pair<Dataset, Dataset> split_rows(const Dataset& all, double fraction, unsigned seed);
