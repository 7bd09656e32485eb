// A small pipeline whose steps can be made to fail, to meddle with their input, or to leave a file behind.
#include <stepcache/stepcache.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

std::vector<double> read_numbers(const stepcache::File& file) {
  std::ifstream in(file.path());
  if (!in) throw std::runtime_error("cannot open " + file.path().string());
  std::vector<double> numbers;
  for (double number = 0; in >> number;) numbers.push_back(number);
  std::cout << "read " << numbers.size() << " numbers\n";
  stepcache::log_metric("numbers", static_cast<double>(numbers.size()));
  return numbers;
}

// Enough of them that the result is an object.
std::vector<double> scale(const std::vector<double>& numbers, double factor) {
  std::vector<double> scaled;
  for (int round = 0; round < 1000; ++round) {
    for (const double number : numbers) scaled.push_back(number * factor);
  }
  return scaled;
}

double total(const std::vector<double>& numbers) { return std::accumulate(numbers.begin(), numbers.end(), 0.0); }

// Gives the same for every total of one sign: what comes after it is cut off.
int sign(double total) { return total < 0 ? -1 : 1; }

std::string report(int sign, const std::string& mood) {
  if (mood == "throw") throw std::runtime_error("told to throw");
  if (mood == "throw int") throw 7;
  if (mood == "exit") std::exit(0);
  return sign < 0 ? "negative" : "positive";
}

stepcache::OutputFile save(const std::string& text, const std::string& name) {
  std::ofstream(name) << text << '\n';
  return stepcache::OutputFile(name);
}

std::string greet(const stepcache::Environment& variable) { return "hello " + variable.value().value_or("nobody"); }

long meddle(const stepcache::File& file, bool really) {
  if (really) std::ofstream(file.path(), std::ios::app) << "5\n";
  return 1;
}

int main(int argc, char** argv) {
  stepcache::Pipeline probe("probe");
  auto file = probe.parameter("numbers", stepcache::file("numbers.txt"));
  auto numbers = probe.step("read_numbers", read_numbers)(file);
  auto scaled = probe.step("scale", scale)(numbers, probe.parameter("factor", 2.0).range(-100.0, 100.0));
  auto sum = probe.step("total", total)(scaled);
  auto sign_of = probe.step("sign", sign)(sum);
  auto text = probe.step("report", report)(sign_of, probe.parameter("mood", "calm"));
  probe.step("save", save)(text, probe.parameter("name", "report.txt"));
  probe.step("greet", greet)(stepcache::environment("PROBE_NAME"));
  probe.step("meddle", meddle)(file, probe.parameter("meddle", false));
  return stepcache::main(probe, argc, argv);
}
