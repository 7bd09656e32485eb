#include "lineage/crossing.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace stepcache::lineage {
namespace {

// Counts, for numbers that come in, how many came before and are larger (a Fenwick tree).
class InversionCounter {
 public:
  explicit InversionCounter(std::size_t size) : tree_(size + 1) {}

  std::uint64_t add(std::uint32_t value) {
    std::uint64_t not_larger = 0;
    for (std::size_t i = value + 1; i > 0; i &= i - 1) not_larger += tree_[i];
    for (std::size_t i = value + 1; i < tree_.size(); i += i & (~i + 1)) ++tree_[i];
    added_.push_back(value);
    return added_.size() - 1 - not_larger;
  }
  void clear() {
    for (const std::uint32_t value : added_) {
      for (std::size_t i = value + 1; i < tree_.size(); i += i & (~i + 1)) tree_[i] = 0;
    }
    added_.clear();
  }

 private:
  std::vector<std::uint32_t> tree_;
  std::vector<std::uint32_t> added_;
};

class Orderer {
 public:
  Orderer(std::span<const std::uint32_t> layer_of, std::uint32_t layers, std::span<const LayoutEdge> segments)
      : layer_of_(layer_of),
        segments_(segments),
        out_(layer_of.size(), segments, Adjacency::End::from),
        in_(layer_of.size(), segments, Adjacency::End::to) {
    order_.begin.assign(layers + 1, 0);
    for (const std::uint32_t layer : layer_of) ++order_.begin[layer + 1];
    std::partial_sum(order_.begin.begin(), order_.begin.end(), order_.begin.begin());
    order_.nodes.assign(layer_of.size(), 0);
    order_.slot.assign(layer_of.size(), 0);
    start();
  }

  LayerOrder run(int max_sweeps) && {
    LayerOrder best = order_;
    std::uint64_t fewest = count();
    int without_gain = 0;
    for (int sweep = 0; sweep < max_sweeps && fewest > 0 && without_gain < 3; ++sweep) {
      sweep_once(sweep % 2 == 0);
      const std::uint64_t crossings = count();
      ++without_gain;
      if (crossings < fewest) {
        fewest = crossings;
        best = order_;
        without_gain = 0;
      }
    }
    return best;
  }

  std::uint64_t count() {
    std::uint64_t crossings = 0;
    InversionCounter counter(widest());
    std::vector<std::uint32_t> targets;
    for (std::size_t l = 0; l + 1 < order_.layers(); ++l) {
      for (const std::uint32_t node : order_.layer(l)) {
        targets.clear();
        for (const std::uint32_t segment : out_.of(node)) targets.push_back(order_.slot[segments_[segment].to]);
        std::sort(targets.begin(), targets.end());
        for (const std::uint32_t target : targets) crossings += counter.add(target);
      }
      counter.clear();
    }
    return crossings;
  }

  void set(LayerOrder order) { order_ = std::move(order); }

 private:
  std::size_t widest() const {
    std::size_t most = 0;
    for (std::size_t l = 0; l < order_.layers(); ++l) most = std::max(most, order_.layer(l).size());
    return most;
  }

  void start() {
    std::vector<std::uint32_t> filled(order_.begin.begin(), order_.begin.end() - 1);
    std::vector<bool> seen(layer_of_.size());
    std::vector<std::uint32_t> stack;
    const auto walk = [&](std::uint32_t root) {
      stack.push_back(root);
      while (!stack.empty()) {
        const std::uint32_t node = stack.back();
        stack.pop_back();
        if (seen[node]) continue;
        seen[node] = true;
        const std::uint32_t layer = layer_of_[node];
        order_.slot[node] = filled[layer] - order_.begin[layer];
        order_.nodes[filled[layer]++] = node;
        const auto leaving = out_.of(node);
        for (auto segment = leaving.rbegin(); segment != leaving.rend(); ++segment) {
          stack.push_back(segments_[*segment].to);
        }
      }
    };
    for (std::uint32_t node = 0; node < layer_of_.size(); ++node) {
      if (in_.of(node).empty()) walk(node);
    }
  }

  // Each layer by the barycentre of its neighbours in the layer before (downwards) or after it; nodes without such keep
  // their places.
  void sweep_once(bool downwards) {
    const std::size_t layers = order_.layers();
    for (std::size_t i = 1; i < layers; ++i) {
      const std::size_t l = downwards ? i : layers - 1 - i;
      keyed_.clear();
      places_.clear();
      const auto nodes = order_.layer(l);
      for (std::uint32_t place = 0; place < nodes.size(); ++place) {
        const auto segments = downwards ? in_.of(nodes[place]) : out_.of(nodes[place]);
        if (segments.empty()) continue;
        double sum = 0;
        for (const std::uint32_t segment : segments) {
          sum += order_.slot[downwards ? segments_[segment].from : segments_[segment].to];
        }
        keyed_.emplace_back(sum / static_cast<double>(segments.size()), nodes[place]);
        places_.push_back(place);
      }
      std::stable_sort(keyed_.begin(), keyed_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      for (std::size_t k = 0; k < keyed_.size(); ++k) {
        order_.nodes[order_.begin[l] + places_[k]] = keyed_[k].second;
        order_.slot[keyed_[k].second] = places_[k];
      }
    }
  }

  std::span<const std::uint32_t> layer_of_;
  std::span<const LayoutEdge> segments_;
  Adjacency out_;
  Adjacency in_;
  LayerOrder order_;
  std::vector<std::pair<double, std::uint32_t>> keyed_;
  std::vector<std::uint32_t> places_;
};

}  // namespace

LayerOrder order_layers(std::span<const std::uint32_t> layer_of, std::uint32_t layers,
                        std::span<const LayoutEdge> segments, int max_sweeps) {
  return Orderer(layer_of, layers, segments).run(max_sweeps);
}

std::uint64_t count_crossings(const LayerOrder& order, std::span<const LayoutEdge> segments) {
  std::vector<std::uint32_t> layer_of(order.nodes.size());
  for (std::uint32_t l = 0; l < order.layers(); ++l) {
    for (const std::uint32_t node : order.layer(l)) layer_of[node] = l;
  }
  Orderer orderer(layer_of, static_cast<std::uint32_t>(order.layers()), segments);
  orderer.set(order);
  return orderer.count();
}

}  // namespace stepcache::lineage
