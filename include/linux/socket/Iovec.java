// SPDX-License-Identifier: GPL-2.0-only
package linux.socket;

import static linux.errno.Errno.EFAULT;
import static linux.kernel.Kernel.minU32;
import static linux.uaccess.User.copy_from_user;
import static linux.uaccess.User.copy_to_user;
import static net.checksum.Csum.csum_and_copy_from_user;
import static net.checksum.Csum.csum_partial;

import linux.compiler.Differs;
import linux.compiler.IntRef;

/**
 * Between the kernel's memory and the pieces of the application's, {@code lib/iovec.c} and {@code
 * net/core/iovec.c}. Without "end" in the name they use the iovec up from its front; those with it leave it as it is
 * and are told where in it to begin.
 */
public final class Iovec {
    private Iovec() {}

    // ---- lib/iovec.c ----

    /** Takes {@code len} bytes. @return 0 or {@code -EFAULT} */
    @Differs("-EFAULT when the iovec is shorter than len; the kernel reads on behind it")
    public static int memcpy_fromiovec(byte[] kdata, int kdata_at, iovec[] iov, int len) {
        int i = 0;

        while (len > 0) {
            if (i == iov.length) {
                return -EFAULT;
            }
            if (iov[i].iov_len != 0) {
                int copy = minU32(len, iov[i].iov_len);

                if (copy_from_user(kdata, kdata_at, iov[i].iov_base, iov[i].iov_off, copy) != 0) {
                    return -EFAULT;
                }
                len -= copy;
                kdata_at += copy;
                iov[i].iov_off += copy;
                iov[i].iov_len -= copy;
            }
            i++;
        }

        return 0;
    }

    /** Gives {@code len} bytes. @return 0 or {@code -EFAULT} */
    @Differs("-EFAULT when the iovec is shorter than len; the kernel reads on behind it")
    public static int memcpy_toiovec(iovec[] iov, byte[] kdata, int kdata_at, int len) {
        int i = 0;

        while (len > 0) {
            if (i == iov.length) {
                return -EFAULT;
            }
            if (iov[i].iov_len != 0) {
                int copy = minU32(iov[i].iov_len, len);

                if (copy_to_user(iov[i].iov_base, iov[i].iov_off, kdata, kdata_at, copy) != 0) {
                    return -EFAULT;
                }
                kdata_at += copy;
                len -= copy;
                iov[i].iov_len -= copy;
                iov[i].iov_off += copy;
            }
            i++;
        }

        return 0;
    }

    // ---- net/core/iovec.c ----

    /** Gives {@code len} bytes, from {@code offset} of the iovec on. @return 0 or {@code -EFAULT} */
    @Differs("-EFAULT when the iovec is shorter than offset + len; the kernel reads on behind it")
    public static int memcpy_toiovecend(iovec[] iov, byte[] kdata, int kdata_at, int offset, int len) {
        int copy;
        int i;

        for (i = 0; len > 0; ++i) {
            if (i == iov.length) {
                return -EFAULT;
            }
            if (offset >= iov[i].iov_len) {
                offset -= iov[i].iov_len;
                continue;
            }
            copy = minU32(iov[i].iov_len - offset, len);
            if (copy_to_user(iov[i].iov_base, iov[i].iov_off + offset, kdata, kdata_at, copy) != 0) {
                return -EFAULT;
            }
            offset = 0;
            kdata_at += copy;
            len -= copy;
        }

        return 0;
    }

    /** Takes {@code len} bytes, from {@code offset} of the iovec on. @return 0 or {@code -EFAULT} */
    @Differs("-EFAULT when the iovec is shorter than offset + len; the kernel reads on behind it")
    public static int memcpy_fromiovecend(byte[] kdata, int kdata_at, iovec[] iov, int offset, int len) {
        int i = 0;

        if (len == 0) {
            return 0;
        }

        while (i < iov.length && offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            i++;
        }

        while (len > 0) {
            if (i == iov.length) {
                return -EFAULT;
            }
            int base = iov[i].iov_off + offset;
            int copy = minU32(len, iov[i].iov_len - offset);

            offset = 0;
            if (copy_from_user(kdata, kdata_at, iov[i].iov_base, base, copy) != 0) {
                return -EFAULT;
            }
            len -= copy;
            kdata_at += copy;
            i++;
        }

        return 0;
    }

    /**
     * {@link #memcpy_fromiovecend} that also sums up. A piece need not be a multiple of four bytes: what is left over
     * of one is put together with the beginning of the next in {@code kdata}, and summed up there.
     *
     * @param csump is added to
     * @return 0, or {@code -EFAULT} and {@code csump} is as it was
     */
    @Differs("-EFAULT when the iovec is shorter than offset + len; the kernel reads on behind it")
    public static int csum_partial_copy_fromiovecend(
            byte[] kdata, int kdata_at, iovec[] iov, int offset, int len, IntRef csump) {
        int csum = csump.val;
        int partial_cnt = 0;
        IntRef err = new IntRef();
        int i = 0;

        while (i < iov.length && offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            i++;
        }

        while (len > 0) {
            if (i == iov.length) {
                return -EFAULT;
            }
            int base = iov[i].iov_off + offset;
            int copy = minU32(len, iov[i].iov_len - offset);

            offset = 0;

            if (partial_cnt != 0) {
                int par_len = 4 - partial_cnt;

                if (par_len > copy) {
                    if (copy_from_user(kdata, kdata_at, iov[i].iov_base, base, copy) != 0) {
                        return -EFAULT;
                    }
                    kdata_at += copy;
                    base += copy;
                    partial_cnt += copy;
                    len -= copy;
                    i++;
                    if (len != 0) {
                        continue;
                    }
                    csump.val = csum_partial(kdata, kdata_at - partial_cnt, partial_cnt, csum);
                    return 0;
                }
                if (copy_from_user(kdata, kdata_at, iov[i].iov_base, base, par_len) != 0) {
                    return -EFAULT;
                }
                csum = csum_partial(kdata, kdata_at - partial_cnt, 4, csum);
                kdata_at += par_len;
                base += par_len;
                copy -= par_len;
                len -= par_len;
                partial_cnt = 0;
            }

            if (len > copy) {
                partial_cnt = copy % 4;
                if (partial_cnt != 0) {
                    copy -= partial_cnt;
                    if (copy_from_user(kdata, kdata_at + copy, iov[i].iov_base, base + copy, partial_cnt) != 0) {
                        return -EFAULT;
                    }
                }
            }

            if (copy != 0) {
                csum = csum_and_copy_from_user(iov[i].iov_base, base, kdata, kdata_at, copy, csum, err);
                if (err.val != 0) {
                    return err.val;
                }
            }
            len -= copy + partial_cnt;
            kdata_at += copy + partial_cnt;
            i++;
        }
        csump.val = csum;
        return 0;
    }
}
