#include "tests/support/power_loss_vfs.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace watchword::tests {
namespace {

/// SQLite hands out memory for this; the file of the default VFS lies behind it.
struct OpenFile {
    sqlite3_file base;
    PowerLossVfs* disk;
    const char* path; ///< stays valid while the file is open; null for a file without a name, which no loss concerns
    sqlite3_file* real;
};

OpenFile& open_file(sqlite3_file* file)
{
    return *reinterpret_cast<OpenFile*>(file);
}

sqlite3_file* real(sqlite3_file* file)
{
    return open_file(file).real;
}

std::vector<unsigned char> read_file(const char* path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}

/// The functions that SQLite calls.
struct PowerLossVfsCalls {
    using Entry = PowerLossVfs::File::Entry;

    static PowerLossVfs& disk_of(sqlite3_vfs* vfs) { return *static_cast<PowerLossVfs*>(vfs->pAppData); }

    static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags);
    static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder);
    static int access(sqlite3_vfs* vfs, const char* path, int flags, int* result)
    {
        return disk_of(vfs).real_->xAccess(disk_of(vfs).real_, path, flags, result);
    }
    static int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out)
    {
        return disk_of(vfs).real_->xFullPathname(disk_of(vfs).real_, path, size, out);
    }

    static int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
    static int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset)
    {
        return real(file)->pMethods->xRead(real(file), into, size, offset);
    }
    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset);
    static int truncate(sqlite3_file* file, sqlite3_int64 size);
    static int sync(sqlite3_file* file, int flags);
    static int size(sqlite3_file* file, sqlite3_int64* size)
    {
        return real(file)->pMethods->xFileSize(real(file), size);
    }
    static int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
    static int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
    static int check_lock(sqlite3_file* file, int* held)
    {
        return real(file)->pMethods->xCheckReservedLock(real(file), held);
    }
    static int control(sqlite3_file* file, int operation, void* argument)
    {
        return real(file)->pMethods->xFileControl(real(file), operation, argument);
    }
    static int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
    static int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
    static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out)
    {
        return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
    }
    static int shm_lock(sqlite3_file* file, int offset, int n, int flags)
    {
        return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
    }
    static void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
    static int shm_unmap(sqlite3_file* file, int remove_it)
    {
        return real(file)->pMethods->xShmUnmap(real(file), remove_it);
    }

    static const sqlite3_io_methods methods;
};

// Version 2: no memory mapping of the database file, so that every write is seen here.
const sqlite3_io_methods PowerLossVfsCalls::methods{
    2,         close,      read,    write,       truncate,        sync,    size,     lock,
    unlock,    check_lock, control, sector_size, characteristics, shm_map, shm_lock, shm_barrier,
    shm_unmap, nullptr,    nullptr};

int PowerLossVfsCalls::open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags)
{
    auto& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex_);
    const bool is_log = (flags & SQLITE_OPEN_WAL) != 0;
    const bool creates = path && (flags & SQLITE_OPEN_CREATE) != 0 && !std::filesystem::exists(path);
    file->pMethods = nullptr;
    if (creates && !disk.has_power_) {
        return SQLITE_CANTOPEN;
    }
    auto* const behind = reinterpret_cast<sqlite3_file*>(reinterpret_cast<OpenFile*>(file) + 1);
    const int code = disk.real_->xOpen(disk.real_, path, behind, flags, out_flags);
    if (code != SQLITE_OK) {
        return code;
    }
    if (creates) {
        auto& made = disk.files_[path];
        made = {.entry = Entry::made, .before = std::move(made.before), .safe = {}, .unsynced = {}, .is_log = is_log};
    } else if (path && !disk.files_.contains(path)) {
        disk.files_[path] = {.before = {}, .safe = read_file(path), .unsynced = {}, .is_log = is_log};
    }
    open_file(file) = {.base = {&methods}, .disk = &disk, .path = path, .real = behind};
    return SQLITE_OK;
}

int PowerLossVfsCalls::remove(sqlite3_vfs* vfs, const char* path, int sync_folder)
{
    auto& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex_);
    if (!disk.has_power_) {
        return SQLITE_IOERR_DELETE;
    }
    const int code = disk.real_->xDelete(disk.real_, path, 0);
    if (code == SQLITE_OK) {
        auto& deleted = disk.files_[path];
        if (deleted.entry == Entry::safe) {
            deleted.before = std::move(deleted.safe);
        }
        deleted.entry = Entry::deleted;
    }
    if (code == SQLITE_OK && sync_folder) {
        disk.sync_folder();
    }
    return code;
}

int PowerLossVfsCalls::write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset)
{
    auto& opened = open_file(file);
    const std::lock_guard lock(opened.disk->mutex_);
    if (opened.path) {
        if (const int code = opened.disk->begin_operation(); code != SQLITE_OK) {
            return code == SQLITE_IOERR ? SQLITE_IOERR_WRITE : code;
        }
        const auto* bytes = static_cast<const unsigned char*>(from);
        opened.disk->files_[opened.path].unsynced.push_back({offset, PowerLossVfs::Bytes(bytes, bytes + size)});
    }
    return opened.real->pMethods->xWrite(opened.real, from, size, offset);
}

int PowerLossVfsCalls::truncate(sqlite3_file* file, sqlite3_int64 size)
{
    auto& opened = open_file(file);
    const std::lock_guard lock(opened.disk->mutex_);
    if (opened.path) {
        if (const int code = opened.disk->begin_operation(); code != SQLITE_OK) {
            return SQLITE_IOERR_TRUNCATE;
        }
        opened.disk->files_[opened.path].unsynced.push_back({size, std::nullopt});
    }
    return opened.real->pMethods->xTruncate(opened.real, size);
}

/// The real disk is not synced: the test reads what it wrote from the page cache, and runs in seconds.
int PowerLossVfsCalls::sync(sqlite3_file* file, int)
{
    auto& opened = open_file(file);
    const std::lock_guard lock(opened.disk->mutex_);
    if (!opened.path) {
        return SQLITE_OK;
    }
    if (const int code = opened.disk->begin_operation(); code != SQLITE_OK) {
        return SQLITE_IOERR_FSYNC;
    }
    auto& synced = opened.disk->files_[opened.path];
    for (const auto& change : synced.unsynced) {
        PowerLossVfs::apply(synced.safe, change, change.bytes ? change.bytes->size() : 0);
    }
    synced.unsynced.clear();
    if (synced.entry == Entry::made) {
        opened.disk->sync_folder();
    }
    opened.disk->log_syncs_ += synced.is_log ? 1 : 0;
    return SQLITE_OK;
}

PowerLossVfs::PowerLossVfs() : real_(sqlite3_vfs_find(nullptr))
{
    vfs_ = *real_;
    vfs_.szOsFile = static_cast<int>(sizeof(OpenFile)) + real_->szOsFile;
    vfs_.pNext = nullptr;
    vfs_.zName = "power-loss";
    vfs_.pAppData = this;
    vfs_.xOpen = PowerLossVfsCalls::open;
    vfs_.xDelete = PowerLossVfsCalls::remove;
    vfs_.xAccess = PowerLossVfsCalls::access;
    vfs_.xFullPathname = PowerLossVfsCalls::full_path;
    sqlite3_vfs_register(&vfs_, 1);
}

PowerLossVfs::~PowerLossVfs()
{
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
}

void PowerLossVfs::fail_operation(std::size_t nth, int code, Lasting lasting)
{
    const std::lock_guard lock(mutex_);
    fails_at_ = operations_ + nth;
    fails_with_ = code;
    lasting_ = lasting;
    struck_ = false;
}

void PowerLossVfs::repair()
{
    const std::lock_guard lock(mutex_);
    fails_with_ = SQLITE_OK;
}

void PowerLossVfs::cut_power_before(std::size_t nth)
{
    const std::lock_guard lock(mutex_);
    struck_ = false;
    if (nth == 0) {
        has_power_ = false;
        struck_ = true;
        return;
    }
    power_ends_at_ = operations_ + nth;
}

bool PowerLossVfs::has_power() const
{
    const std::lock_guard lock(mutex_);
    return has_power_;
}

bool PowerLossVfs::has_struck() const
{
    const std::lock_guard lock(mutex_);
    return struck_;
}

std::size_t PowerLossVfs::log_syncs() const
{
    const std::lock_guard lock(mutex_);
    return log_syncs_;
}

int PowerLossVfs::begin_operation()
{
    ++operations_;
    if (power_ends_at_ && operations_ >= *power_ends_at_) {
        has_power_ = false;
        struck_ = true;
    }
    if (!has_power_) {
        return SQLITE_IOERR;
    }
    const bool reached = lasting_ == Lasting::once ? operations_ == fails_at_ : operations_ >= fails_at_;
    if (fails_with_ != SQLITE_OK && reached) {
        struck_ = true;
        return fails_with_;
    }
    return SQLITE_OK;
}

void PowerLossVfs::restore_power(Unsynced unsynced, std::uint32_t seed)
{
    const std::lock_guard lock(mutex_);
    std::mt19937 random(seed);
    for (const auto& [path, file] : files_) {
        put_on_disk(path, file, unsynced, random);
    }
    files_.clear();
    power_ends_at_.reset();
    has_power_ = true;
}

void PowerLossVfs::put_on_disk(const std::string& path, const File& file, Unsynced unsynced, std::mt19937& random)
{
    if (file.entry != File::Entry::safe && !file.before) {
        std::filesystem::remove(path);
        return;
    }
    Bytes bytes = file.entry == File::Entry::safe ? file.safe : *file.before;
    if (unsynced == Unsynced::torn && file.entry == File::Entry::safe) {
        for (const auto& change : file.unsynced) {
            const std::size_t whole = change.bytes ? change.bytes->size() : 0;
            const auto fate = random() % 3;
            if (fate != 0) {
                apply(bytes, change, fate == 1 ? whole : random() % (whole + 1));
            }
        }
    }
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void PowerLossVfs::sync_folder()
{
    std::erase_if(files_, [](const auto& named) { return named.second.entry == File::Entry::deleted; });
    for (auto& [path, file] : files_) {
        file.entry = File::Entry::safe;
        file.before.reset();
    }
}

void PowerLossVfs::apply(Bytes& bytes, const Change& change, std::size_t length)
{
    const auto offset = static_cast<std::size_t>(change.offset);
    if (!change.bytes) {
        bytes.resize(std::min(bytes.size(), offset));
        return;
    }
    bytes.resize(std::max(bytes.size(), offset + length));
    std::copy_n(change.bytes->begin(), length, bytes.begin() + change.offset);
}

}
