// A library that is loaded before a server's own, and moves its wall clock: by as many nanoseconds as the file that
// MOVED_CLOCK names says, eight bytes, at every look. (libfaketime gets along with neither Redis's allocator nor that
// of the sanitizers.)
#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

std::int64_t moved_by()
{
    static const volatile std::int64_t* const by = [] {
        static const std::int64_t not_at_all = 0;
        const char* const path = ::getenv("MOVED_CLOCK");
        const int file = path ? ::open(path, O_RDONLY | O_CLOEXEC) : -1;
        void* const place =
            file < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
        return place == MAP_FAILED ? &not_at_all : static_cast<const std::int64_t*>(place);
    }();
    return *by;
}

timespec moved_now(clockid_t clock)
{
    timespec now{};
    ::syscall(SYS_clock_gettime, clock, &now);
    const std::int64_t nanoseconds = now.tv_sec * 1'000'000'000 + now.tv_nsec + moved_by();
    return {.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
}

}

extern "C" int clock_gettime(clockid_t clock, timespec* time)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
        return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
    }
    *time = moved_now(clock);
    return 0;
}

extern "C" int gettimeofday(timeval* time, void*)
{
    const timespec now = moved_now(CLOCK_REALTIME);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1'000;
    return 0;
}

extern "C" time_t time(time_t* place)
{
    const time_t now = moved_now(CLOCK_REALTIME).tv_sec;
    if (place) {
        *place = now;
    }
    return now;
}
