// digits.js ADDRESS FILE…: asks the bundled model for the digit in each request body, prints the digits, and then what
// the service says of a model that it does not know.
import { readFile } from "node:fs/promises";
import { Configuration, DataType, InferenceApi, ResponseError } from "./norma/index.js";

const [address, ...files] = process.argv.slice(2);
const inference = new InferenceApi(new Configuration({ basePath: address }));

async function ask(model: string, data: number[]): Promise<number> {
  const answer = await inference.infer({
    model,
    inferenceRequest: {
      inputs: [{ name: "image", datatype: DataType.Fp32, shape: [1, 1, 8, 8], data }],
    },
  });
  const probabilities = answer.outputs[0]?.data as number[];
  return probabilities.indexOf(Math.max(...probabilities));
}

let last: number[] = [];
const digits: number[] = [];
for (const file of files) {
  last = JSON.parse(await readFile(file, "utf8")).inputs[0].data;
  digits.push(await ask("digits", last));
}
console.log(digits.join(" "));

for (const [model, data] of [["letters", last], ["digits", last.slice(1)]] as const) {
  try {
    await ask(model, data);
    console.log("no error");
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    console.log(error.response.status, (await error.response.json()).error);
  }
}
