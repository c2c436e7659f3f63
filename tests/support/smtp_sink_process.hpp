#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace watchword::tests {

/// `smtp_sink.py` as a child process, on a port of its own. Ends with the test.
class SmtpSinkProcess {
public:
    /// Takes the arguments that the script describes.
    explicit SmtpSinkProcess(std::vector<std::string> arguments)
    {
        const auto script = std::filesystem::path(__FILE__).parent_path() / "smtp_sink.py";
        arguments.insert(arguments.begin(), {"/usr/bin/python3", script.string()});
        std::vector<char*> argv;
        for (auto& argument : arguments) {
            argv.push_back(argument.data());
        }
        argv.push_back(nullptr);
        std::array<int, 2> input{};
        std::array<int, 2> output{};
        if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error("no pipe");
        }
        ::posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
        const int failed = ::posix_spawn(&child_, argv[0], &actions, nullptr, argv.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(input[0]);
        ::close(output[1]);
        input_ = input[1];
        output_ = output[0];
        if (failed != 0) {
            throw std::runtime_error("/usr/bin/python3 cannot be started");
        }
        const auto listening = next("listening");
        port_ = static_cast<std::uint16_t>(listening.at("port").as_int64());
        if (const auto* file = listening.at("ca_file").if_string()) {
            ca_file_ = std::string(*file);
        }
    }

    ~SmtpSinkProcess()
    {
        ::close(input_); // the sink ends when its input does
        ::close(output_);
        ::waitpid(child_, nullptr, 0);
    }

    SmtpSinkProcess(const SmtpSinkProcess&) = delete;
    SmtpSinkProcess& operator=(const SmtpSinkProcess&) = delete;

    std::uint16_t port() const { return port_; }
    const std::string& ca_file() const { return ca_file_; }

    /// The next event of this kind; others before it are dropped. Throws when none comes within 20 s.
    boost::json::object next(std::string_view kind)
    {
        while (true) {
            auto event = boost::json::parse(line()).as_object();
            if (event.at("event").as_string() == kind) {
                return event;
            }
        }
    }

private:
    std::string line()
    {
        constexpr int patience_in_milliseconds = 20'000;
        while (true) {
            if (const auto end = received_.find('\n'); end != std::string::npos) {
                auto first = received_.substr(0, end);
                received_.erase(0, end + 1);
                return first;
            }
            ::pollfd watched{.fd = output_, .events = POLLIN, .revents = 0};
            std::array<char, 4096> bytes;
            if (::poll(&watched, 1, patience_in_milliseconds) != 1) {
                throw std::runtime_error("the SMTP sink reported nothing");
            }
            const auto size = ::read(output_, bytes.data(), bytes.size());
            if (size <= 0) {
                throw std::runtime_error("the SMTP sink has ended");
            }
            received_.append(bytes.data(), static_cast<std::size_t>(size));
        }
    }

    ::pid_t child_ = 0;
    int input_ = -1;
    int output_ = -1;
    std::uint16_t port_ = 0;
    std::string ca_file_;
    std::string received_;
};

}
