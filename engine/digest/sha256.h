#pragma once

#include <memory>
#include <string_view>

#include "digest/digest.h"

namespace stepcache {

// SHA-256 over a stream of bytes (FIPS 180-4, by OpenSSL). Not thread-safe; cheap to reuse: finish() starts anew.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(Bytes bytes);
  void update(std::string_view text) { update(as_bytes(text)); }
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(Bytes bytes);
inline Digest sha256(std::string_view text) { return sha256(as_bytes(text)); }

}  // namespace stepcache
