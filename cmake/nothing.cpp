// Gives the precompiled headers something to be compiled with.
