// A library that is loaded before a server's own, and moves its wall clock: by as many nanoseconds as the file that
// MOVED_CLOCK names says, eight bytes, at every look. (libfaketime does not get along with the server's allocator.)
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

}

extern "C" int gettimeofday(timeval* time, void*)
{
    timespec now{};
    ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    const std::int64_t nanoseconds = now.tv_sec * 1'000'000'000 + now.tv_nsec + moved_by();
    time->tv_sec = nanoseconds / 1'000'000'000;
    time->tv_usec = nanoseconds % 1'000'000'000 / 1'000;
    return 0;
}
