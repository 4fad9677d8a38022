// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.EPIPE;
import static linux.gfp.Gfp.__GFP_COMP;
import static linux.gfp.Gfp.__GFP_NORETRY;
import static linux.gfp.Gfp.__GFP_NOWARN;
import static linux.gfp.Gfp.__GFP_REPEAT;
import static linux.gfp.Gfp.__GFP_WAIT;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.min;
import static linux.mm.Mm.PAGE_SHIFT;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.mm.Mm.alloc_page;
import static linux.mm.Mm.alloc_pages;
import static linux.mm.Mm.page_count;
import static linux.mm.Mm.put_page;
import static linux.sched.Sched.current;
import static linux.sched.Sched.schedule_timeout;
import static linux.sched.Sched.signal_pending;
import static linux.sched.task_struct.TASK_INTERRUPTIBLE;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.__skb_trim;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Frags.skb_fill_page_desc;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;
import static linux.uaccess.User.copy_from_user;
import static linux.wait.Wait.finish_wait;
import static linux.wait.Wait.prepare_to_wait;
import static net.checksum.Csum.csum_and_copy_from_user;
import static net.checksum.Csum.csum_block_add;
import static net.sock.Fields.sock_error;
import static net.sock.Memory.sk_enter_memory_pressure;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Owner.skb_set_owner_w;
import static net.sock.SockLimits.sysctl_optmem_max;
import static net.sock.Stream.sk_stream_moderate_sndbuf;
import static net.sock.Waiting.sk_sleep;
import static net.sock.Waiting.sock_intr_errno;
import static net.sock.Waiting.sock_sndtimeo;
import static net.sock.sock.SEND_SHUTDOWN;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;

import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.mm.page;
import linux.mm.page_frag;
import linux.skbuff.sk_buff;
import linux.wait.wait_queue_t;

/**
 * Memory to send from: packets charged to the socket's send buffer, and pages that small writes share. Data of the
 * application is copied in here, summed up on the way if the device wants the checksum to be ready.
 */
public final class Buffers {
    private Buffers() {}

    /** {@code get_order(32768)}: pages are handed out eight at a time. */
    private static final int SKB_FRAG_PAGE_ORDER = 3;

    /**
     * Copies the application's bytes to {@code to}.
     *
     * @param offset of the bytes in the packet: the checksum depends on whether it is odd
     * @return 0, or {@code -EFAULT}
     */
    static int skb_do_copy_data_nocache(sock sk, sk_buff skb, byte[] from, int from_at, byte[] to, int to_at, int copy,
            int offset) {
        if (skb.ip_summed == CHECKSUM_NONE) {
            IntRef err = new IntRef();
            int csum = csum_and_copy_from_user(from, from_at, to, to_at, copy, 0, err);
            if (err.val != 0) {
                return err.val;
            }
            skb.csum = csum_block_add(skb.csum, csum, offset);
        } else if (copy_from_user(to, to_at, from, from_at, copy) != 0) {
            return -EFAULT;
        }

        return 0;
    }

    /** Appends the application's bytes to the linear part, where there is room for them. */
    public static int skb_add_data_nocache(sock sk, sk_buff skb, byte[] from, int from_at, int copy) {
        int err;
        int offset = skb.len;

        err = skb_do_copy_data_nocache(sk, skb, from, from_at, skb.head, skb_put(skb, copy), copy, offset);
        if (err != 0) {
            __skb_trim(skb, offset);
        }

        return err;
    }

    /** Copies the application's bytes into a page of the packet and charges them; the caller sets up the fragment. */
    public static int skb_copy_to_page_nocache(sock sk, byte[] from, int from_at, sk_buff skb, page page, int off,
            int copy) {
        int err;

        err = skb_do_copy_data_nocache(sk, skb, from, from_at, page.data, off, copy, skb.len);
        if (err != 0) {
            return err;
        }

        skb.len += copy;
        skb.data_len += copy;
        skb.truesize += copy;
        sk.sk_wmem_queued += copy;
        sk_mem_charge(sk, copy);
        return 0;
    }

    /** The page to send from: that of the task, unless the socket sends where nobody may sleep. */
    public static page_frag sk_page_frag(sock sk) {
        if ((sk.sk_allocation & __GFP_WAIT) != 0) {
            return current.task_frag;
        }

        return sk.sk_frag;
    }

    /** A packet charged to the socket; null: no memory, or (unless {@code force}) no room in the send buffer. */
    public static sk_buff sock_wmalloc(sock sk, int size, int force, int priority) {
        if (force != 0 || sk.sk_wmem_alloc < sk.sk_sndbuf) {
            sk_buff skb = alloc_skb(size, priority);
            if (skb != null) {
                skb_set_owner_w(skb, sk);
                return skb;
            }
        }
        return null;
    }

    /** Memory for ancillary data, charged to the socket; null: {@code net.core.optmem_max} would be passed. */
    public static byte[] sock_kmalloc(sock sk, int size, int priority) {
        if (leU32(size, sysctl_optmem_max) && sk.sk_omem_alloc + size < sysctl_optmem_max) {
            byte[] mem;

            sk.sk_omem_alloc += size;
            mem = Gfp.fails(priority) ? null : new byte[size];
            if (mem != null) {
                return mem;
            }
            sk.sk_omem_alloc -= size;
        }
        return null;
    }

    public static void sock_kfree_s(sock sk, byte[] mem, int size) {
        sk.sk_omem_alloc -= size;
    }

    /** Waits until there is room in the send buffer of a datagram socket. */
    static long sock_wait_for_wmem(sock sk, long timeo) {
        wait_queue_t wait = wait_queue_t.define();

        sk.sk_socket.flags &= ~(1 << SOCK_ASYNC_NOSPACE);
        for (;;) {
            if (timeo == 0) {
                break;
            }
            if (signal_pending(current)) {
                break;
            }
            sk.sk_socket.flags |= 1 << SOCK_NOSPACE;
            prepare_to_wait(sk_sleep(sk), wait, TASK_INTERRUPTIBLE);
            if (sk.sk_wmem_alloc < sk.sk_sndbuf) {
                break;
            }
            if ((sk.sk_shutdown & SEND_SHUTDOWN) != 0) {
                break;
            }
            if (sk.sk_err != 0) {
                break;
            }
            timeo = schedule_timeout(timeo);
        }
        finish_wait(sk_sleep(sk), wait);
        return timeo;
    }

    /**
     * A packet for a datagram, charged to the socket; waits for room in the send buffer.
     *
     * @param header_len bytes of the linear part
     * @param data_len bytes in pages behind it
     * @param errcode why there is none: {@code -EAGAIN}, {@code -EPIPE}, {@code -ENOBUFS}, {@code -EMSGSIZE} or an
     *     error of the socket
     */
    public static sk_buff sock_alloc_send_pskb(sock sk, int header_len, int data_len, int noblock, IntRef errcode,
            int max_page_order) {
        sk_buff skb = null;
        int chunk;
        int gfp_mask;
        long timeo;
        int err;
        int npages = data_len + (PAGE_SIZE - 1) >> PAGE_SHIFT;
        page page;
        int i;

        failure: {
            err = -EMSGSIZE;
            if (npages > MAX_SKB_FRAGS) {
                break failure;
            }

            timeo = sock_sndtimeo(sk, noblock != 0);
            while (skb == null) {
                err = sock_error(sk);
                if (err != 0) {
                    break failure;
                }

                err = -EPIPE;
                if ((sk.sk_shutdown & SEND_SHUTDOWN) != 0) {
                    break failure;
                }

                if (sk.sk_wmem_alloc >= sk.sk_sndbuf) {
                    sk.sk_socket.flags |= 1 << SOCK_ASYNC_NOSPACE;
                    sk.sk_socket.flags |= 1 << SOCK_NOSPACE;
                    err = -EAGAIN;
                    if (timeo == 0) {
                        break failure;
                    }
                    if (signal_pending(current)) {
                        err = sock_intr_errno(timeo);
                        break failure;
                    }
                    timeo = sock_wait_for_wmem(sk, timeo);
                    continue;
                }

                err = -ENOBUFS;
                gfp_mask = sk.sk_allocation;
                if ((gfp_mask & __GFP_WAIT) != 0) {
                    gfp_mask |= __GFP_REPEAT;
                }

                skb = alloc_skb(header_len, gfp_mask);
                if (skb == null) {
                    break failure;
                }

                skb.truesize += data_len;

                for (i = 0; npages > 0; i++) {
                    int order = max_page_order;

                    fill_page: {
                        while (order != 0) {
                            if (npages >= 1 << order) {
                                page = alloc_pages(
                                        sk.sk_allocation | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY, order);
                                if (page != null) {
                                    break fill_page;
                                }
                            }
                            order--;
                        }
                        page = alloc_page(sk.sk_allocation);
                        if (page == null) {
                            break failure;
                        }
                    }
                    chunk = min(data_len, PAGE_SIZE << order);
                    skb_fill_page_desc(skb, i, page, 0, chunk);
                    data_len -= chunk;
                    npages -= 1 << order;
                }
            }

            skb_set_owner_w(skb, sk);
            return skb;
        }

        kfree_skb(skb);
        errcode.val = err;
        return null;
    }

    public static sk_buff sock_alloc_send_skb(sock sk, int size, int noblock, IntRef errcode) {
        return sock_alloc_send_pskb(sk, size, 0, noblock, errcode, 0);
    }

    /**
     * Sees to it that {@code sz} bytes can be taken from the page, with another page if need be. A page that nobody
     * else uses any more begins anew.
     *
     * @param sz at most a page; more may be had if larger pieces are to be had
     */
    public static boolean skb_page_frag_refill(int sz, page_frag pfrag, int prio) {
        int order;

        if (pfrag.page != null) {
            if (page_count(pfrag.page) == 1) {
                pfrag.offset = 0;
                return true;
            }
            if (leU32(pfrag.offset + sz, pfrag.size)) {
                return true;
            }
            put_page(pfrag.page);
        }

        order = SKB_FRAG_PAGE_ORDER;
        do {
            int gfp = prio;

            if (order != 0) {
                gfp |= __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY;
            }
            pfrag.page = alloc_pages(gfp, order);
            if (pfrag.page != null) {
                pfrag.offset = 0;
                pfrag.size = PAGE_SIZE << order;
                return true;
            }
        } while (--order >= 0);

        return false;
    }

    /** The same for a stream socket: if there is no memory, the whole protocol is under pressure. */
    public static boolean sk_page_frag_refill(sock sk, page_frag pfrag) {
        if (skb_page_frag_refill(32, pfrag, sk.sk_allocation)) {
            return true;
        }

        sk_enter_memory_pressure(sk);
        sk_stream_moderate_sndbuf(sk);
        return false;
    }
}
