#pragma once

#include "http/address.hpp"
#include "http/client_stream.hpp"
#include "http/connection_options.hpp"
#include "http/framing.hpp"
#include "http/pipeline.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "runtime/task.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace watchword::http {

/// One client: reads its requests and answers them in order, until one of both has had enough. Lives on one I/O thread.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    /// The pipeline and the options outlive the connection.
    Connection(ClientStream::Socket socket, const Address& peer, const Pipeline& pipeline,
               const ConnectionOptions& options);

    /// Ends when the connection has. Called once.
    Task<> run();

    /// Ends a wait whose time has come. To be called several times a second.
    void expire(Steady::time_point now) { stream_.expire(now); }

    /// From now on answers say `Connection: close` and are the last.
    void finish_soon() { finishing_ = true; }

    /// Closes now when no request is under way, and else behind the answer to it, which says `Connection: close`. A
    /// connection that has just been opened has a moment for its request, which is on the way.
    void finish();

    /// Closes now, whatever is under way.
    void abort() { stream_.close(); }

private:
    enum class Next {
        request, ///< the connection goes on
        close,   ///< the client has had everything it asked for
        linger,  ///< something that it sends is left unread
        cut,     ///< the answer is incomplete, and the client must see that
    };

    Task<Next> wait_for_head();
    Task<Next> answer_head(std::size_t head_bytes);
    Task<Next> send_source(const Request& request, BodySource& source);
    Next refuse(const Rejection& rejection);
    void send_soon();
    Task<> linger();

    ClientStream stream_;
    Address peer_;
    const Pipeline& pipeline_;
    const ConnectionOptions& options_;
    std::optional<Steady::time_point> head_until_; ///< while a head is incomplete
    bool idle_ = false;                            ///< between two requests
    bool has_answered_ = false;
    bool finishing_ = false;
    bool stopping_ = false;
    bool sending_soon_ = false;
};

}
