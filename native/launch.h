#ifndef NSKIT_LAUNCH_H
#define NSKIT_LAUNCH_H

#include "steps.h"

#include <stdint.h>

#define LAUNCH_PATH_SIZE 4096

/*
 * Finds out the two below. Answers how many arguments in front belong to nobody but us:
 * `--as COMMAND` after launcher-linux-ARCH, which stands in for a command in a package whose
 * install step has not run.
 */
int launch_know_self(int argc, char **argv);

/* Where bin/ is, with a slash at its end; empty without /proc. */
const char *launch_folder(void);

/* nskit, or another command of the package. */
const char *launch_command(void);

/* [A-Za-z0-9_][A-Za-z0-9._-]{0,63} */
int launch_is_name(const char *text);

/* The open file of a name's stored program, or a negative number. */
int64_t launch_open_stored(const char *name, char **envp);

/*
 * Replaces this process by Node running this command's program in dist/, with our own name in
 * front of the arguments; returns only to say 127.
 */
int launch_node(char *const *argv, char **envp);

/* The same, but with no word when there is no Node. */
int launch_node_quietly(char *const *argv, char **envp);

/* Says why the program of this file failed; the command line is for Node. */
void launch_explain(const struct nskit_program *program, const struct nskit_file *file,
                    char *const *argv, char **envp);

#endif
