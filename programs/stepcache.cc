#include "cli/cli.h"

int main(int argc, char** argv) { return stepcache::cli::run(argc, argv); }
