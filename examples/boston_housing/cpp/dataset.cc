#include "dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace {

std::vector<std::string_view> cells_of(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::vector<std::string_view> cells;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    cells.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return cells;
}

// "boston_housing.csv: line 17: ..."
[[noreturn]] void refuse(const std::filesystem::path& path, std::size_t line, const std::string& what) {
  throw std::runtime_error(path.string() + ": line " + std::to_string(line) + ": " + what);
}

}  // namespace

Dataset read_csv(const std::filesystem::path& path, const std::string& target) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error(path.string() + ": it is empty or cannot be read");
  const std::string header = line;
  const auto names = cells_of(header);
  const auto target_column = std::find(names.begin(), names.end(), target) - names.begin();
  if (target_column == std::ssize(names)) refuse(path, 1, "there is no column " + target);

  std::vector<double> features, targets;
  for (std::size_t number = 2; std::getline(file, line); ++number) {
    const auto cells = cells_of(line);
    if (cells.size() != names.size()) {
      refuse(path, number,
             "expected " + std::to_string(names.size()) + " numbers, found " + std::to_string(cells.size()));
    }
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string_view cell = cells[column];
      double value = 0;
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value)) {
        refuse(path, number,
               "column " + std::to_string(column + 1) + " (" + std::string(names[column]) + "): '" + std::string(cell) +
                   "' is not a number");
      }
      (static_cast<std::ptrdiff_t>(column) == target_column ? targets : features).push_back(value);
    }
  }
  if (targets.empty()) refuse(path, 1, "there is no row after the header");

  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto rows = std::ssize(targets);
  return {Eigen::Map<const RowMajor>(features.data(), rows, std::ssize(names) - 1),
          Eigen::Map<const Eigen::VectorXd>(targets.data(), rows)};
}

std::pair<Dataset, Dataset> split_rows(const Dataset& all, double fraction, unsigned seed) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(all.y.size()));
  std::iota(order.begin(), order.end(), 0);
  // Written out: std::shuffle differs from library to library.
  std::mt19937 random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);

  const auto second = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(order.size())));
  const std::vector<Eigen::Index> for_second(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(second));
  const std::vector<Eigen::Index> for_first(order.begin() + static_cast<std::ptrdiff_t>(second), order.end());
  return {{all.x(for_first, Eigen::all), all.y(for_first)}, {all.x(for_second, Eigen::all), all.y(for_second)}};
}
