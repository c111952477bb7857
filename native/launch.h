#ifndef NSKIT_LAUNCH_H
#define NSKIT_LAUNCH_H

#include "steps.h"

#include <stdint.h>

/* [A-Za-z0-9_][A-Za-z0-9._-]{0,63} */
int launch_is_name(const char *text);

/* The open file of a name's stored program, or a negative number. */
int64_t launch_open_stored(const char *name, char **envp);

/* Replaces this process by Node running nskit's command line; returns only to say 127. */
int launch_node(char *const *arguments, char **envp);

/* The same, but with no word when there is no Node. */
int launch_node_quietly(char *const *arguments, char **envp);

/* Says why the program of this file failed; the arguments are for Node. */
void launch_explain(const struct nskit_program *program, const struct nskit_file *file,
                    char *const *arguments, char **envp);

#endif
