// SPDX-License-Identifier: GPL-2.0-only
package linux.proc_fs;

import java.util.Map;
import java.util.TreeMap;
import linux.seq_file.seq_file;

/** A directory of {@code /proc}: files whose text is made when they are read. */
public final class ProcDir {
    /** Writes the text of a file. */
    public interface Show {
        void call(seq_file m);
    }

    private final Map<String, Show> files = new TreeMap<>();

    public void create(String name, Show show) {
        files.put(name, show);
    }

    public void remove(String name) {
        files.remove(name);
    }

    /** The text of a file, or null if there is none of that name. */
    public String read(String name) {
        Show show = files.get(name);
        if (show == null) {
            return null;
        }
        seq_file m = new seq_file();
        show.call(m);
        return m.text();
    }

    public Iterable<String> names() {
        return files.keySet();
    }
}
