#pragma once

#include "app/settings.hpp"

#include <memory>

namespace watchword {

/// The whole service: every object of it, built in order from the settings.
class App {
public:
    /// Opens a database in a file, the mail's way out and the listening sockets. Throws StartRefused, with one line
    /// that says what to do, where one of them cannot be had.
    explicit App(const Settings& settings);
    ~App();

    /// Serves until SIGTERM or SIGINT, then finishes what is under way within `STOP_TIMEOUT_SECONDS`. A second signal
    /// ends the process at once. Throws StartRefused where a database server cannot be reached for too long at the
    /// start, or refuses the schema.
    void run();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}
