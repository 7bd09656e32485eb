#pragma once

#include <stepcache/stepcache.h>

#include <Eigen/Dense>
#include <string>
#include <vector>

#include "dataset.h"

// A fully connected layer: rows of inputs times weights, plus the bias.
struct Layer {
  Eigen::MatrixXd weights;  // inputs by outputs
  Eigen::RowVectorXd bias;
  STEPCACHE_FIELDS(weights, bias)
};

// Layers with ReLU between them, over features with mean 0 and deviation 1; y is scaled in the same way.
struct Model {
  std::vector<Layer> layers;
  Eigen::RowVectorXd x_mean, x_deviation;
  double y_mean = 0, y_deviation = 1;
  STEPCACHE_FIELDS(layers, x_mean, x_deviation, y_mean, y_deviation)
};

// Trains a network with two hidden layers of 64 by Adam (Kingma and Ba, 2015) on the squared error, in batches of 4.
// The same data, epochs and seed give the same bits.
Model train_network(const Dataset& train, int epochs, unsigned seed);

// One prediction for each row.
Eigen::VectorXd predict(const Model& model, const Eigen::MatrixXd& x);

// For other programs: {"x_mean": [...], ..., "layers": [{"weights": [[...]], "bias": [...]}]}.
std::string to_json(const Model& model);
