#pragma once

#include <optional>

namespace stepcache::report {

// While alive, what this process writes to standard output (and to standard error, when that is the same terminal) goes
// into a pipe, so that whoever draws on the terminal can print it at a place of its own choosing: the reader of
// `reader()` passes it on to `terminal()`. When the process dies of a signal (abort, segmentation fault), what is in
// the pipe is written to the terminal first. Process-wide, so one at a time; destroying it puts the descriptors back.
class PassedOutput {
 public:
  // Nothing when descriptors cannot be had.
  static std::optional<PassedOutput> start();
  ~PassedOutput();
  PassedOutput(PassedOutput&& other) noexcept;
  PassedOutput& operator=(PassedOutput&&) = delete;

  int reader() const { return reader_; }      // does not block
  int terminal() const { return terminal_; }  // standard output as it was
  // As it is now: a window can be resized. 80 by 24 when it does not tell.
  struct Size {
    int columns = 80;
    int rows = 24;
  };
  Size terminal_size() const;
  // Puts standard output and error back; what is still in the pipe can be read. Once.
  void put_back();

 private:
  PassedOutput(int reader, int output, int error) : reader_(reader), terminal_(output), error_(error) {}

  int reader_ = -1;
  int terminal_ = -1;
  int error_ = -1;  // standard error as it was; -1: left alone
  bool active_ = true;
};

}  // namespace stepcache::report
