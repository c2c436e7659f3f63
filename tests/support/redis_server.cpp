#include "tests/support/redis_server.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace watchword::tests {
namespace {

using namespace std::chrono_literals;
using Connection = std::unique_ptr<::redisContext, decltype(&::redisFree)>;

::pid_t spawn(std::vector<std::string> arguments, const std::vector<std::string>& more_environment)
{
    std::vector<char*> argv;
    for (auto& argument : arguments) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    auto environment = more_environment;
    std::vector<char*> envp;
    for (auto& entry : environment) {
        envp.push_back(entry.data());
    }
    envp.push_back(nullptr);
    ::pid_t process = 0;
    if (::posix_spawn(&process, argv[0], nullptr, nullptr, argv.data(), envp.data()) != 0) {
        throw std::runtime_error(arguments[0] + " cannot be started");
    }
    return process;
}

std::string text_of(const ::redisReply& reply)
{
    if (reply.type == REDIS_REPLY_INTEGER) {
        return std::to_string(reply.integer);
    }
    if (reply.type == REDIS_REPLY_NIL) {
        return "(nil)";
    }
    if (reply.type != REDIS_REPLY_ARRAY) {
        return {reply.str, static_cast<std::size_t>(reply.len)};
    }
    std::string text;
    for (std::size_t i = 0; i < reply.elements; ++i) {
        text += (i == 0 ? "" : "\n") + text_of(*reply.element[i]);
    }
    return text;
}

std::string say_on(::redisContext& connection, const std::vector<std::string>& words)
{
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    const std::unique_ptr<void, decltype(&::freeReplyObject)> reply(
        ::redisCommandArgv(&connection, static_cast<int>(words.size()), starts.data(), sizes.data()),
        ::freeReplyObject);
    if (!reply) {
        throw std::runtime_error("redis-server does not answer " + words.front());
    }
    return text_of(*static_cast<::redisReply*>(reply.get()));
}

}

RedisServer::RedisServer(Options options)
    : options_(std::move(options)), port_(free_port()), tls_port_(options_.tls ? free_port() : std::uint16_t{0})
{
    if (options_.tls) {
        make_certificate();
    }
    if (options_.moved_clock) {
        write_time();
    }
    write_configuration();
    start();
}

RedisServer::~RedisServer()
{
    kill();
}

void RedisServer::make_certificate() const
{
    const auto command = fmt::format(
        "cd '{}' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem "
        "-out certificate.pem -days 2 -subj /CN=redis -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null",
        folder_.path().string());
    if (std::system(command.c_str()) != 0) {
        throw std::runtime_error("openssl made no certificate");
    }
}

void RedisServer::write_configuration() const
{
    std::ofstream file(folder_.path() / "redis.conf");
    file << "bind 127.0.0.1\nport " << port_ << "\ndir " << folder_.path().string() << "\nlogfile log.txt\n";
    if (options_.first_argument.empty()) {
        file << "save \"\"\nappendonly no\nenable-debug-command yes\nrepl-diskless-sync-delay 0\nunixsocket "
             << socket_path() << '\n';
    }
    if (options_.tls) {
        file << "tls-port " << tls_port_ << "\ntls-cert-file certificate.pem\ntls-key-file key.pem\n"
             << "tls-ca-cert-file certificate.pem\ntls-auth-clients no\n";
    }
    if (!options_.password.empty()) {
        file << "requirepass " << options_.password << '\n';
    }
    for (const auto& setting : options_.settings) {
        file << setting << '\n';
    }
}

void RedisServer::start()
{
    // The kernel ends it with the test program.
    std::vector<std::string> arguments{"/usr/bin/setpriv", "--pdeathsig", "KILL", "/usr/bin/redis-server",
                                       (folder_.path() / "redis.conf").string()};
    if (!options_.first_argument.empty()) {
        arguments.push_back(options_.first_argument);
    }
    std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
    if (options_.moved_clock) {
        environment.push_back("LD_PRELOAD=" MOVED_CLOCK_LIBRARY);
        environment.push_back("MOVED_CLOCK=" + (folder_.path() / "clock").string());
    }
    process_ = spawn(std::move(arguments), environment);
    for (int i = 0; i < 500; ++i) {
        if (is_listening()) {
            return;
        }
        std::this_thread::sleep_for(10ms);
    }
    throw std::runtime_error("redis-server does not listen");
}

bool RedisServer::is_listening() const
{
    const Connection connection(::redisConnect("127.0.0.1", port_), &::redisFree);
    return connection && connection->err == 0;
}

void RedisServer::kill()
{
    if (process_ != 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }
}

void RedisServer::freeze()
{
    ::kill(process_, SIGSTOP);
    ::siginfo_t stopped{};
    ::waitid(P_PID, static_cast<::id_t>(process_), &stopped, WSTOPPED);
}

void RedisServer::thaw()
{
    ::kill(process_, SIGCONT);
}

std::string RedisServer::say(std::initializer_list<std::string> words) const
{
    const Connection connection(::redisConnectWithTimeout("127.0.0.1", port_, {.tv_sec = 5, .tv_usec = 0}),
                                &::redisFree);
    if (!connection || connection->err != 0) {
        throw std::runtime_error("redis-server cannot be reached");
    }
    ::redisSetTimeout(connection.get(), {.tv_sec = 5, .tv_usec = 0});
    if (!options_.password.empty()) {
        say_on(*connection, {"AUTH", options_.password});
    }
    return say_on(*connection, words);
}

void RedisServer::advance(std::chrono::nanoseconds by)
{
    ahead_ += by;
    write_time();
}

void RedisServer::write_time() const
{
    const auto path = folder_.path() / "clock";
    const auto nanoseconds = static_cast<std::int64_t>(ahead_.count());
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    if (!file) {
        file.open(path, std::ios::out | std::ios::binary);
    }
    file.write(reinterpret_cast<const char*>(&nanoseconds), sizeof nanoseconds); // in place: the server has it mapped
}

}
