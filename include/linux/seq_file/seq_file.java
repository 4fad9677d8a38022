// SPDX-License-Identifier: GPL-2.0-only
package linux.seq_file;

/** A file of {@code /proc} while its text is being made. */
public final class seq_file {
    private final StringBuilder text = new StringBuilder();

    /** What the file is about: a namespace, an iterator. */
    public Object private_;

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

    /** Pads the line that began at {@code from} with blanks to {@code width} characters. */
    public static void seq_pad(seq_file m, int from, int width) {
        while (m.text.length() - from < width) {
            m.text.append(' ');
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
