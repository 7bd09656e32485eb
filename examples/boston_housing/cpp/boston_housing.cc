// Predicts the price of homes around Boston (506 towns, 13 features each) with a small neural network:
//
//   importer -> train, test      reads the file and sets a part of the rows aside for testing
//   trainer(train) -> model      a 13-64-64-1 network
//   evaluator(test, model)       mean absolute error, in thousands of dollars
//   deployer(model)              writes boston_housing_model.json
//
//   boston_housing run                  # the first time everything runs; then only the trainer, which asks for it
//   boston_housing run --epochs 300     # what depends on the changed parameter runs again
//   boston_housing why evaluator        # why it would run, or why not
#include <stepcache/stepcache.h>

#include <cassert>
#include <fstream>
#include <string>

#include "dataset.h"
#include "network.h"

namespace {

struct Split {
  Dataset train, test;
  STEPCACHE_OUTPUTS(train, test)
};

Split importer(const stepcache::File& csv, double test_fraction) {
  constexpr unsigned k_shuffle_seed = 7;
  const Dataset all = read_csv(csv.path(), "MEDV");
  auto [train, test] = split_rows(all, test_fraction, k_shuffle_seed);
  return {std::move(train), std::move(test)};
}

Model trainer(const Dataset& train, int epochs) {
  constexpr unsigned k_weights_seed = 42;
  return train_network(train, epochs, k_weights_seed);
}

double mean_absolute_error(const Eigen::VectorXd& predicted, const Eigen::VectorXd& actual) {
  assert(predicted.size() == actual.size());
  return (predicted - actual).cwiseAbs().mean();
}

double evaluator(const Dataset& test, const Model& model) {
  const double error = mean_absolute_error(predict(model, test.x), test.y);
  stepcache::log_metric("mean_absolute_error", error);
  return error;
}

struct Deployment {
  bool deployed = false;
  stepcache::OutputFile model;
  STEPCACHE_OUTPUTS(deployed, model)
};

Deployment deployer(const Model& model) {
  const std::string path = "boston_housing_model.json";
  std::ofstream file(path);
  file << to_json(model);
  file.close();
  return {file.good(), stepcache::OutputFile(path)};
}

}  // namespace

int main(int argc, char** argv) {
  stepcache::Pipeline boston("boston_housing");
  auto csv = boston.parameter("csv", stepcache::file("boston_housing.csv"))
                 .help("The data: 13 features and MEDV, with a header");
  auto test_fraction =
      boston.parameter("test_fraction", 0.2).range(0.05, 0.95).help("Part of the rows kept for testing");
  auto epochs = boston.parameter("epochs", 200).range(1, 100'000).help("How often the trainer sees each row");

  auto split = boston.step("importer", importer)(csv, test_fraction);
  auto model = boston.step("trainer", trainer).enable_cache(false)(split[&Split::train], epochs);
  boston.step("evaluator", evaluator)(split[&Split::test], model);
  boston.step("deployer", deployer)(model);
  return stepcache::main(boston, argc, argv);
}
