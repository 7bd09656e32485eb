#include "network.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <numeric>
#include <random>
#include <sstream>

namespace {

constexpr Eigen::Index k_hidden = 64;
constexpr Eigen::Index k_batch = 4;
constexpr double k_learning_rate = 1e-3;
constexpr double k_weight_decay = 1e-2;

// One array of parameters under Adam.
struct Adam {
  explicit Adam(Eigen::Index size) : mean(Eigen::ArrayXd::Zero(size)), square(Eigen::ArrayXd::Zero(size)) {}

  void update(Eigen::Ref<Eigen::ArrayXd> parameters, const Eigen::Ref<const Eigen::ArrayXd>& gradient, int step,
              double rate) {
    constexpr double k_beta_mean = 0.9, k_beta_square = 0.999, k_epsilon = 1e-8;
    mean = k_beta_mean * mean + (1 - k_beta_mean) * gradient;
    square = k_beta_square * square + (1 - k_beta_square) * gradient.square();
    const double mean_part = 1 - std::pow(k_beta_mean, step);
    const double square_part = 1 - std::pow(k_beta_square, step);
    parameters -= rate * (mean / mean_part) / ((square / square_part).sqrt() + k_epsilon);
  }

  Eigen::ArrayXd mean, square;
};

Eigen::Map<Eigen::ArrayXd> flat(auto& matrix) { return {matrix.data(), matrix.size()}; }

// Weights of the size that keeps the variance through ReLU (He et al., 2015). The sum of twelve uniform numbers stands
// for a normal one, because std::normal_distribution differs from library to library.
Layer make_layer(Eigen::Index inputs, Eigen::Index outputs, std::mt19937& random) {
  const auto normal = [&] {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random()) / 4294967296.0;
    return sum;
  };
  Layer layer;
  layer.weights.resize(inputs, outputs);
  for (double& weight : layer.weights.reshaped()) weight = normal() * std::sqrt(2.0 / static_cast<double>(inputs));
  layer.bias = Eigen::RowVectorXd::Zero(outputs);
  return layer;
}

Eigen::MatrixXd apply(const Layer& layer, const Eigen::MatrixXd& x) {
  return (x * layer.weights).rowwise() + layer.bias;
}

Eigen::MatrixXd normalised(const Model& model, const Eigen::MatrixXd& x) {
  return (x.rowwise() - model.x_mean).array().rowwise() / model.x_deviation.array();
}

void set_scale(Model& model, const Dataset& data) {
  const auto rows = static_cast<double>(data.x.rows());
  model.x_mean = data.x.colwise().mean();
  model.x_deviation = ((data.x.rowwise() - model.x_mean).colwise().squaredNorm() / rows).cwiseSqrt();
  model.x_deviation = (model.x_deviation.array() > 0).select(model.x_deviation, 1);  // a constant feature says nothing
  model.y_mean = data.y.mean();
  model.y_deviation = std::max(std::sqrt((data.y.array() - model.y_mean).square().mean()), 1e-12);
}

// The derivative of half the mean squared error by every parameter, in the shape of the layers.
std::vector<Layer> gradients(const std::vector<Layer>& layers, const Eigen::MatrixXd& x, const Eigen::VectorXd& y) {
  std::vector<Eigen::MatrixXd> inputs = {x};
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) inputs.emplace_back(apply(layers[i], inputs.back()).cwiseMax(0));
  Eigen::MatrixXd error = (apply(layers.back(), inputs.back()) - y) / static_cast<double>(y.size());

  std::vector<Layer> result(layers.size());
  for (std::size_t i = layers.size(); i-- > 0;) {
    result[i].weights = inputs[i].transpose() * error;
    result[i].bias = error.colwise().sum();
    if (i > 0)
      error = ((error * layers[i].weights.transpose()).array() * (inputs[i].array() > 0).cast<double>()).matrix();
  }
  return result;
}

}  // namespace

Model train_network(const Dataset& train, int epochs, unsigned seed) {
  std::mt19937 random(seed);
  Model model;
  set_scale(model, train);
  model.layers = {make_layer(train.x.cols(), k_hidden, random), make_layer(k_hidden, k_hidden, random),
                  make_layer(k_hidden, 1, random)};
  const Eigen::MatrixXd x = normalised(model, train.x);
  const Eigen::VectorXd y = (train.y.array() - model.y_mean) / model.y_deviation;

  std::vector<Adam> weights, biases;
  for (const Layer& layer : model.layers) {
    weights.emplace_back(layer.weights.size());
    biases.emplace_back(layer.bias.size());
  }
  std::vector<Eigen::Index> order(static_cast<std::size_t>(x.rows()));
  std::iota(order.begin(), order.end(), 0);
  int step = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    // Slower towards the end.
    const double rate = k_learning_rate * (1 + std::cos(3.14159265358979 * epoch / epochs)) / 2;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    for (Eigen::Index begin = 0; begin < x.rows(); begin += k_batch) {
      const auto first = order.begin() + begin;
      const std::vector<Eigen::Index> batch(first, first + std::min(k_batch, x.rows() - begin));
      std::vector<Layer> gradient = gradients(model.layers, x(batch, Eigen::all), y(batch));
      ++step;
      for (std::size_t i = 0; i < model.layers.size(); ++i) {
        model.layers[i].weights *= 1 - rate * k_weight_decay;
        weights[i].update(flat(model.layers[i].weights), flat(gradient[i].weights), step, rate);
        biases[i].update(flat(model.layers[i].bias), flat(gradient[i].bias), step, rate);
      }
    }
  }
  return model;
}

Eigen::VectorXd predict(const Model& model, const Eigen::MatrixXd& x) {
  Eigen::MatrixXd values = normalised(model, x);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    values = apply(model.layers[i], values);
    if (i + 1 < model.layers.size()) values = values.cwiseMax(0);
  }
  return (values.col(0).array() * model.y_deviation + model.y_mean).matrix();
}

std::string to_json(const Model& model) {
  const Eigen::IOFormat numbers(Eigen::FullPrecision, Eigen::DontAlignCols, ", ", ",\n ", "[", "]");
  std::ostringstream json;
  json << std::setprecision(std::numeric_limits<double>::max_digits10);
  json << "{\"x_mean\": " << model.x_mean.format(numbers) << ",\n\"x_deviation\": " << model.x_deviation.format(numbers)
       << ",\n\"y_mean\": " << model.y_mean << ",\n\"y_deviation\": " << model.y_deviation << ",\n\"layers\": [";
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    json << (i == 0 ? "" : ",\n") << "{\"weights\": [" << model.layers[i].weights.format(numbers)
         << "],\n\"bias\": " << model.layers[i].bias.format(numbers) << "}";
  }
  json << "]}\n";
  return json.str();
}
