// SPDX-License-Identifier: GPL-2.0-only
package linux.seq_file;

import static linux.mm.Mm.PAGE_SIZE;

import linux.compiler.LongRef;

/** A file of {@code /proc} while its text is being made. */
public final class seq_file {
    private final StringBuilder text = new StringBuilder();

    /** Stands for the title of a list, which comes before its records. */
    public static final Object SEQ_START_TOKEN = new Object();

    /** What the file is about: a namespace, an iterator. */
    public Object private_;

    /** How a list is walked. */
    public seq_operations op;

    private int pad_until;

    public static int seq_printf(seq_file m, String format, Object... args) {
        m.text.append(args.length == 0 ? format : String.format(format, args));
        return 0;
    }

    public static int seq_puts(seq_file m, String s) {
        m.text.append(s);
        return 0;
    }

    public static int seq_putc(seq_file m, char c) {
        m.text.append(c);
        return 0;
    }

    /** What is written from here on will be padded to {@code size} characters. */
    public static void seq_setwidth(seq_file m, int size) {
        m.pad_until = m.text.length() + size;
    }

    /** Pads with blanks as {@link #seq_setwidth} asked for, then adds {@code c} if it is not 0. */
    public static void seq_pad(seq_file m, char c) {
        while (m.text.length() < m.pad_until) {
            m.text.append(' ');
        }
        if (c != 0) {
            seq_putc(m, c);
        }
    }

    /**
     * Reads a list to its end, as {@code cat} does: a page of text at a time. A record that does not fit any more is
     * taken back, and the next reading starts with it; so the list is not locked for longer than a page takes.
     */
    public static void seq_read(seq_file m) {
        LongRef pos = new LongRef();
        boolean more = true;

        while (more) {
            int from = m.text.length();
            Object p = m.op.start.call(m, pos);

            more = false;
            while (p != null) {
                int offs = m.text.length();
                int err = m.op.show.call(m, p);

                if (err < 0) {
                    break;
                }
                if (err > 0) {
                    m.text.setLength(offs);
                } else if (m.text.length() - from >= PAGE_SIZE && offs > from) {
                    m.text.setLength(offs);
                    more = true;
                    break;
                }
                p = m.op.next.call(m, p, pos);
            }
            m.op.stop.call(m, p);
        }
    }

    /** Characters so far. */
    public int count() {
        return text.length();
    }

    public String text() {
        return text.toString();
    }
}
