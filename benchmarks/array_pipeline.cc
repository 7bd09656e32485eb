// array_pipeline run --count N: makes a vector of N doubles in one step and takes its mean in the next.
#include <stepcache/stepcache.h>

#include <Eigen/Core>

Eigen::VectorXd make_vector(std::int64_t count) {
  Eigen::VectorXd vector(count);
  double value = 0.5;
  for (std::int64_t i = 0; i < count; ++i) {
    value = value * 3.7 * (1.0 - value) + 1e-9;  // no two alike, so that nothing compresses it
    vector[i] = value;
  }
  return vector;
}

double mean(const Eigen::VectorXd& vector) { return vector.mean(); }

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("array");
  auto vector = pipeline.step(
      "make_vector", make_vector)(pipeline.parameter("count", std::int64_t{1'000'000}).range(1, 1'000'000'000));
  pipeline.step("mean", mean)(vector);
  return stepcache::main(pipeline, argc, argv);
}
