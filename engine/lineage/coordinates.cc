#include "lineage/coordinates.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace stepcache::lineage {
namespace {

constexpr int k_sweeps = 4;
constexpr double k_free_weight = 1e-3;  // of a node without neighbours: it stays, and gives way to all others

enum class Pull : std::uint8_t { before, after, both };

class Rows {
 public:
  Rows(const LayerOrder& order, std::span<const LayoutEdge> segments, std::span<const RowExtent> extents)
      : order_(order),
        segments_(segments),
        extents_(extents),
        out_(extents.size(), segments, Adjacency::End::from),
        in_(extents.size(), segments, Adjacency::End::to),
        row_(extents.size()) {}

  std::vector<int> run() && {
    stack_up();
    for (int sweep = 0; sweep < k_sweeps; ++sweep) {
      downwards(Pull::before);
      upwards(Pull::after);
    }
    downwards(Pull::both);
    upwards(Pull::both);
    std::vector<int> rows = whole_numbers();
    for (int round = 0; round < 2; ++round) {
      for (std::size_t l = 0; l < order_.layers(); ++l) straighten(rows, l, true);
      for (std::size_t l = order_.layers(); l-- > 0;) straighten(rows, l, false);
    }
    int least = std::numeric_limits<int>::max();
    for (std::size_t node = 0; node < rows.size(); ++node) least = std::min(least, rows[node] - extents_[node].above);
    for (int& row : rows) row -= least;
    return rows;
  }

 private:
  int distance(std::uint32_t upper, std::uint32_t lower) const {
    const RowExtent& a = extents_[upper];
    const RowExtent& b = extents_[lower];
    return a.below + std::min(a.gap, b.gap) + b.above;
  }

  void stack_up() {
    for (std::size_t l = 0; l < order_.layers(); ++l) {
      const auto nodes = order_.layer(l);
      double row = 0;
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (i > 0) row += distance(nodes[i - 1], nodes[i]);
        row_[nodes[i]] = row;
      }
      for (const std::uint32_t node : nodes) row_[node] -= row / 2;
    }
  }

  void downwards(Pull pull) {
    for (std::size_t l = 0; l < order_.layers(); ++l) fit(order_.layer(l), pull);
  }
  void upwards(Pull pull) {
    for (std::size_t l = order_.layers(); l-- > 0;) fit(order_.layer(l), pull);
  }

  // The only edge out of one node and into the other: it reads best as one straight line.
  bool is_link(const LayoutEdge& segment) const {
    return out_.of(segment.from).size() == 1 && in_.of(segment.to).size() == 1;
  }

  double pull_of(const LayoutEdge& segment) const {
    if (is_link(segment)) return 8;
    return extents_[segment.from].bend || extents_[segment.to].bend ? 2 : 1;
  }

  // A run of nodes that touch: they move as one.
  struct Block {
    double weight;
    double wish;  // mean, in coordinates from which the distances above are taken off
    std::size_t end;
  };

  void fit(std::span<const std::uint32_t> nodes, Pull pull) {
    blocks_.clear();
    offsets_.clear();
    double offset = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::uint32_t node = nodes[i];
      if (i > 0) offset += distance(nodes[i - 1], node);
      offsets_.push_back(offset);
      double weight = 0;
      double sum = 0;
      const auto add = [&](const LayoutEdge& segment, std::uint32_t other) {
        const double w = pull_of(segment);
        weight += w;
        sum += w * row_[other];
      };
      if (pull != Pull::after) {
        for (const std::uint32_t segment : in_.of(node)) add(segments_[segment], segments_[segment].from);
      }
      if (pull != Pull::before) {
        for (const std::uint32_t segment : out_.of(node)) add(segments_[segment], segments_[segment].to);
      }
      if (weight == 0) {
        weight = k_free_weight;
        sum = weight * row_[node];
      }
      Block block{weight, sum / weight - offset, i + 1};
      while (!blocks_.empty() && blocks_.back().wish > block.wish) {
        const Block& before = blocks_.back();
        const double both = before.weight + block.weight;
        block.wish = (before.wish * before.weight + block.wish * block.weight) / both;
        block.weight = both;
        blocks_.pop_back();
      }
      blocks_.push_back(block);
    }
    std::size_t i = 0;
    for (const Block& block : blocks_) {
      for (; i < block.end; ++i) row_[nodes[i]] = block.wish + offsets_[i];
    }
  }

  std::vector<int> whole_numbers() const {
    // Rounding half up is monotone and commutes with whole distances, up to the last bits of the sums: so each layer is
    // walked once more.
    std::vector<int> rows(row_.size());
    for (std::size_t l = 0; l < order_.layers(); ++l) {
      const auto nodes = order_.layer(l);
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        rows[nodes[i]] = static_cast<int>(std::floor(row_[nodes[i]] + 0.5));
        if (i > 0) rows[nodes[i]] = std::max(rows[nodes[i]], rows[nodes[i - 1]] + distance(nodes[i - 1], nodes[i]));
      }
    }
    return rows;
  }

  // The least squares leave links a little crooked: nodes move onto the row at the link's other end as far as their
  // neighbours in the layer give way.
  void straighten(std::vector<int>& rows, std::size_t l, bool to_before) const {
    const auto nodes = order_.layer(l);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto segments = to_before ? in_.of(nodes[i]) : out_.of(nodes[i]);
      if (segments.size() != 1 || !is_link(segments_[segments[0]])) continue;
      int row = rows[to_before ? segments_[segments[0]].from : segments_[segments[0]].to];
      if (i > 0) row = std::max(row, rows[nodes[i - 1]] + distance(nodes[i - 1], nodes[i]));
      if (i + 1 < nodes.size()) row = std::min(row, rows[nodes[i + 1]] - distance(nodes[i], nodes[i + 1]));
      rows[nodes[i]] = row;
    }
  }

  const LayerOrder& order_;
  std::span<const LayoutEdge> segments_;
  std::span<const RowExtent> extents_;
  Adjacency out_;
  Adjacency in_;
  std::vector<double> row_;
  std::vector<Block> blocks_;
  std::vector<double> offsets_;
};

}  // namespace

std::vector<int> assign_rows(const LayerOrder& order, std::span<const LayoutEdge> segments,
                             std::span<const RowExtent> extents) {
  if (extents.empty()) return {};
  return Rows(order, segments, extents).run();
}

}  // namespace stepcache::lineage
