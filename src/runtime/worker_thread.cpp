#include "runtime/worker_thread.hpp"

#include <pthread.h>

namespace watchword {

WorkerThread::WorkerThread(const char* name) : thread_([this](std::stop_token stop) { loop(stop); })
{
    ::pthread_setname_np(thread_.native_handle(), name);
}

WorkerThread::~WorkerThread()
{
    thread_.request_stop();
    wake_.notify_all();
    thread_.join();
}

void WorkerThread::post(Job job)
{
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void WorkerThread::loop(std::stop_token stop)
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
