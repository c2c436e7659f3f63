#pragma once

#include "app/settings.hpp"

#include <memory>

namespace watchword {

/// The whole service: every object of it, built in order from the settings.
class App {
public:
    /// Opens the database, the mail's way out and the listening sockets. Throws StartRefused, with one line that says
    /// what to do, where one of them cannot be had.
    explicit App(const Settings& settings);
    ~App();

    /// Serves until SIGTERM or SIGINT, then finishes what is under way within `STOP_TIMEOUT_SECONDS`. A second signal
    /// ends the process at once.
    void run();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}
