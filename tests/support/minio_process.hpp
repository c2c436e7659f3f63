#pragma once

#include "tests/support/temporary_folder.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace watchword::tests {

/// A real MinIO on a port of its own, in a folder that goes with it. `tools/install_minio.sh` puts the program where it
/// is looked for.
class MinioProcess {
public:
    static constexpr const char* user = "tests-of-watchword";
    static constexpr const char* password = "secret-of-the-tests";

    /// The program; empty where there is none.
    static std::filesystem::path program()
    {
        if (const char* named = std::getenv("WATCHWORD_MINIO")) {
            return named;
        }
        const char* home = std::getenv("HOME");
        const auto usual = std::filesystem::path(home ? home : "/root") / ".cache/watchword-tests/minio";
        return std::filesystem::exists(usual) ? usual : std::filesystem::path();
    }

    /// Why tests that need it are skipped; empty where they are not.
    static std::string missing()
    {
        return program().empty() ? "!!! NOT TESTED: there is no MinIO; tools/install_minio.sh builds it" : "";
    }

    MinioProcess() : port_(free_port())
    {
        const auto address = "127.0.0.1:" + std::to_string(port_);
        std::vector<std::string> arguments{program().string(),
                                           "server",
                                           "--quiet",
                                           "--address",
                                           address,
                                           "--console-address",
                                           "127.0.0.1:0",
                                           (folder_.path() / "data").string()};
        std::vector<std::string> variables{std::string("MINIO_ROOT_USER=") + user,
                                           std::string("MINIO_ROOT_PASSWORD=") + password,
                                           "MINIO_BROWSER=off",
                                           "MINIO_UPDATE=off",
                                           "HOME=" + folder_.path().string(),
                                           "PATH=/usr/bin:/bin"};
        ::posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        const auto log = (folder_.path() / "log").string();
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT, 0600);
        ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
        const int failed = ::posix_spawn(&child_, arguments[0].c_str(), &actions, nullptr, pointers(arguments).data(),
                                         pointers(variables).data());
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed != 0) {
            throw std::runtime_error("MinIO cannot be started");
        }
        for (int i = 0; i < 600 && !is_ready(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
    }

    ~MinioProcess()
    {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }

    MinioProcess(const MinioProcess&) = delete;
    MinioProcess& operator=(const MinioProcess&) = delete;

    std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

    void freeze()
    {
        ::kill(child_, SIGSTOP);
        ::waitpid(child_, nullptr, WUNTRACED); // each of its threads stops in its own time
    }

    void thaw() { ::kill(child_, SIGCONT); }

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts)
    {
        std::vector<char*> all;
        for (auto& text : texts) {
            all.push_back(text.data());
        }
        all.push_back(nullptr);
        return all;
    }

    static sockaddr_in loopback(std::uint16_t port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    static std::uint16_t free_port()
    {
        const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = loopback(0);
        socklen_t size = sizeof address;
        ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
        ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
        ::close(probe);
        return ntohs(address.sin_port);
    }

    /// It listens some time before it takes objects.
    bool is_ready() const
    {
        const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto address = loopback(port_);
        std::array<char, 64> answer{};
        if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            constexpr std::string_view question =
                "GET /minio/health/cluster HTTP/1.1\r\nHost: minio\r\nConnection: close\r\n\r\n";
            ::send(connection, question.data(), question.size(), MSG_NOSIGNAL);
            ::recv(connection, answer.data(), answer.size() - 1, MSG_WAITALL);
        }
        ::close(connection);
        return std::string_view(answer.data()).find(" 200 ") != std::string_view::npos;
    }

    TemporaryFolder folder_;
    std::uint16_t port_;
    ::pid_t child_ = 0;
};

}
