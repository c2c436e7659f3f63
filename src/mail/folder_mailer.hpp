#pragma once

#include "mail/mailer.hpp"
#include "runtime/worker_thread.hpp"

#include <filesystem>
#include <iosfwd>

namespace watchword::mail {

/// Where mail goes when no SMTP server is set: each letter becomes a file
/// `2026-11-25T224022Z-jane_example.com-1a2b3c4d.eml` (mode 0600, complete when it has its name), and its console line
/// is written to the console. For development and for trying the service out.
class FolderMailer final : public Mailer {
public:
    /// Creates the folder with mode 0700 where it is missing. `console` is standard output outside of tests; it is
    /// written from the mailer's own thread. Throws std::filesystem::filesystem_error where the folder cannot be made.
    FolderMailer(std::filesystem::path folder, Sender sender, std::ostream& console);

    /// `delivered`, or `server_lost` where the file cannot be written.
    Task<DeliveryOutcome> deliver(const Letter& letter, Deadline deadline) override;

private:
    DeliveryOutcome write(const Letter& letter);

    std::filesystem::path folder_;
    Sender sender_;
    std::ostream& console_;
    WorkerThread thread_{"folder-mail"};
};

}
