#include "runtime/worker_pool.hpp"

#include <pthread.h>

namespace watchword {

WorkerPool::WorkerPool(const char* name, std::size_t threads)
{
    for (std::size_t i = 0; i < threads; ++i) {
        auto& thread = threads_.emplace_back([this](std::stop_token stop) { loop(stop); });
        ::pthread_setname_np(thread.native_handle(), name);
    }
}

WorkerPool::~WorkerPool()
{
    for (auto& thread : threads_) {
        thread.request_stop();
    }
    wake_.notify_all();
    threads_.clear();
}

void WorkerPool::post(Job job)
{
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void WorkerPool::loop(std::stop_token stop)
{
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, stop, [this] { return !jobs_.empty(); });
        if (jobs_.empty()) {
            return;
        }
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

}
