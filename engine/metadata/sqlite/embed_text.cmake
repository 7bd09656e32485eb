# cmake -D INPUT=file -D OUTPUT=file.cc -D HEADER=declares/it.h -D FUNCTION=name::space::function -P embed_text.cmake
# writes a source file that defines the function: const char* function(), giving the text of INPUT.
file(READ ${INPUT} text)
if(text MATCHES "\\)text\"")
  message(FATAL_ERROR "${INPUT} holds the mark that ends the literal")
endif()
file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\nconst char* ${FUNCTION}() { return R\"text(${text})text\"; }\n")
