#include "runtime/io_threads.hpp"

namespace watchword {
namespace {

thread_local std::size_t current_index = 0;

}

IoThreads::IoThreads(std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) {
        contexts_.push_back(std::make_unique<asio::io_context>(1));
        work_.push_back(asio::make_work_guard(*contexts_.back()));
    }
}

IoThreads::~IoThreads()
{
    for (auto& context : contexts_) {
        context->stop();
    }
}

void IoThreads::start()
{
    for (std::size_t i = 0; i < contexts_.size(); ++i) {
        threads_.emplace_back([this, i] {
            current_index = i;
            contexts_[i]->run();
        });
    }
}

void IoThreads::finish()
{
    for (auto& work : work_) {
        work.reset();
    }
}

void IoThreads::wait()
{
    threads_.clear();
}

void IoThreads::join()
{
    finish();
    wait();
}

std::size_t IoThreads::current()
{
    return current_index;
}

}
