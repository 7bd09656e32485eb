#include "digest/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <utility>

namespace stepcache {
namespace {

// Fetched once: an implicit fetch at each digest costs more than hashing a key.
const EVP_MD* algorithm() {
  static EVP_MD* const k_algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return k_algorithm;
}

// OpenSSL fails here only without memory or without its default provider; there is no sound way to go on.
void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() {
    require(context != nullptr);
    require(EVP_DigestInit_ex2(context, algorithm(), nullptr) == 1);
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(Bytes bytes) { require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1); }

Digest Sha256::finish() {
  std::array<std::byte, Digest::k_size> bytes{};
  require(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(bytes.data()), nullptr) == 1);
  require(EVP_DigestInit_ex2(state_->context, nullptr, nullptr) == 1);
  return Digest(bytes);
}

Digest sha256(Bytes bytes) {
  thread_local Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace stepcache
