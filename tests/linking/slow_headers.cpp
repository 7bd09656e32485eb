// Headers that make a program of many parts.
#include <Eigen/Dense>
#include <regex>
#include <string>

std::string slow_headers() {
  const Eigen::Matrix3d m = Eigen::Matrix3d::Identity() * 2.0 + Eigen::Matrix3d::Constant(0.25);
  std::smatch match;
  const std::string text = "key=value";
  if (!std::regex_match(text, match, std::regex("([a-z]+)=([a-z]+)"))) return "no match\n";
  return match[1].str() + " " + match[2].str() + " " + std::to_string(m.determinant()) + " " +
         std::to_string(m.inverse()(0, 1)) + "\n";
}
