type Option = { value: string; label: string };

type Props = {
  id: string;
  label: string;
  value: string;
  options: readonly Option[];
  choose: (value: string) => void;
};

/** A labelled list of choices. */
export const Select = ({ id, label, value, options, choose }: Props) => (
  <div class="field">
    <label for={id}>{label}</label>
    <select id={id} value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
      {options.map((option) => (
        <option key={option.value} value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  </div>
);
