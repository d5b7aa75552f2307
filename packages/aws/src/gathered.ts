/**
 * Answers calls that come together as one. The first caller opens a gathering; `closes` says when it ends, and everybody who asked
 * by then is answered by one `answerAll`, which begins only afterwards. So nobody is answered from what was found before they asked.
 */
export function gathered<Question, Answer>(
  closes: () => Promise<unknown>,
  answerAll: (questions: readonly Question[]) => Promise<(question: Question) => Answer | Promise<Answer>>,
): (question: Question) => Promise<Answer> {
  let open: ReturnType<typeof begin> | undefined;

  function begin() {
    const questions: Question[] = [];
    const closed = closes().finally(() => {
      open = undefined;
    });
    const answers = closed.then(() => answerAll(questions));
    return { questions, answers };
  }

  return async (question) => {
    open ??= begin();
    const { questions, answers } = open;
    questions.push(question);
    const answerTo = await answers;
    return answerTo(question);
  };
}
